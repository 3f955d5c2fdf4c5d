"""Scores of written texts, from texts and references alone."""
