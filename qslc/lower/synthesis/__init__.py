"""Synthesis: a program as Pauli rotations, and a circuit on a device found for them by search."""
