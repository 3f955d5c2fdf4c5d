"""Functions that generated layers call on complex states: see ``qslc_runtime.circuit``."""

from __future__ import annotations

from qslc_runtime.circuit import matrices, states

Pair = matrices.Pair
constant, kron, product_state = matrices.repeat_gate, matrices.kron, states.make_product_state
rx, rz, then = matrices.rx, matrices.rz, matrices.compose
apply = apply_real = apply_to_real = states.apply
permute, scale, phases = states.permute, states.scale, states.compute_phases
rotate = rotate_real = states.rotate
probabilities = states.compute_probabilities
overlaps, cross_overlaps = states.compute_overlaps, states.compute_cross_overlaps


def ry(angles: matrices.Tensor) -> Pair:
    """Return RY gates exp(-i t Y / 2) of angles (k, ...) in radians: (k, 2, 2, ...)."""
    return matrices.to_pair(matrices.ry(angles))
