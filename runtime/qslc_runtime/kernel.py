"""Functions that generated layers call on real states: see ``qslc_runtime.circuit.real``."""

from __future__ import annotations

from qslc_runtime.circuit import real

Tensor = real.Tensor
amplitudes, identity = real.encode_amplitudes, real.make_identity
normalised, product_state = real.normalize, real.make_product_state
columns, constant, kron = real.arrange_blocks, real.repeat_gate, real.kron
ry, then = real.ry, real.compose
apply, measure, permute, scale = real.apply, real.measure, real.permute, real.scale
