"""Functions that generated layers call on complex states: see ``qslc_runtime.circuit.complex``."""

from __future__ import annotations

from qslc_runtime.circuit import complex as pairs

Pair = pairs.Pair
constant, kron, product_state = pairs.repeat_gate, pairs.kron, pairs.make_product_state
rx, ry, rz, then = pairs.rx, pairs.ry, pairs.rz, pairs.compose
apply, apply_real, apply_to_real = pairs.apply, pairs.apply_real, pairs.apply_to_real
permute, scale, phases = pairs.permute, pairs.scale, pairs.compute_phases
rotate, rotate_real = pairs.rotate, pairs.rotate_real
probabilities = pairs.compute_probabilities
overlaps, cross_overlaps = pairs.compute_overlaps, pairs.compute_cross_overlaps
