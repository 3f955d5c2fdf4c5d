"""The reports of a study, from its summary alone: CSV, Markdown and one HTML page."""
