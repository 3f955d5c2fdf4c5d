"""Train one run in a process of its own: the part of a study that loads TensorFlow.

``python -m qslc_study.training`` reads a job as JSON from stdin and writes JSON lines to stdout.
"""
