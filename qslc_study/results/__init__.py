"""Summarize a study from its records alone: the content of ``study.json``."""
