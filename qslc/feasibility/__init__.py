"""Predict what a chip makes of a layer's readouts: errors, shots and times."""
