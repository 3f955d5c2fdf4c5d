"""What generated layers call on real states: see ``qslc_runtime.circuit.real``."""

from __future__ import annotations

from qslc_runtime.circuit.real import (
    Tensor,
    apply,
    kron,
    measure,
    permute,
    ry,
    scale,
)
from qslc_runtime.circuit.real import arrange_blocks as columns
from qslc_runtime.circuit.real import compose as then
from qslc_runtime.circuit.real import encode_amplitudes as amplitudes
from qslc_runtime.circuit.real import make_identity as identity
from qslc_runtime.circuit.real import make_product_state as product_state
from qslc_runtime.circuit.real import normalize as normalised
from qslc_runtime.circuit.real import repeat_gate as constant

__all__ = [
    "Tensor",
    "amplitudes",
    "apply",
    "columns",
    "constant",
    "identity",
    "kron",
    "measure",
    "normalised",
    "permute",
    "product_state",
    "ry",
    "scale",
    "then",
]
