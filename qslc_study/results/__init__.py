"""What a study found, from its records alone: the content of ``study.json``."""
