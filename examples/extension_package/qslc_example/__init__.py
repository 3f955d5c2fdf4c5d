"""A device, an engine and a family of models for qslc."""
