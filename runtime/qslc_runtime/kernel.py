"""Functions that generated layers call on real states: see ``qslc_runtime.circuit``."""

from __future__ import annotations

from qslc_runtime.circuit import matrices, states

Tensor = matrices.Tensor
amplitudes, identity = states.encode_amplitudes, states.make_identity
normalised, product_state = states.normalize, states.make_product_state
columns, constant, kron = matrices.arrange_blocks, matrices.repeat_real_gate, matrices.kron
ry, then = matrices.ry, matrices.compose
apply, measure, permute, scale = states.apply, states.measure, states.permute, states.scale
