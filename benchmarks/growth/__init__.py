"""Measure how time and memory of a training step grow with qubits, layers and tokens."""
