"""Measure what a token costs in a quantum layer: qslc beside its peers, a dense layer and LoRA."""
