"""What generated layers call on complex states: see ``qslc_runtime.circuit.complex``."""

from __future__ import annotations

from qslc_runtime.circuit.complex import (
    Pair,
    apply,
    apply_real,
    apply_to_real,
    kron,
    permute,
    rotate,
    rotate_real,
    rx,
    ry,
    rz,
    scale,
)
from qslc_runtime.circuit.complex import compose as then
from qslc_runtime.circuit.complex import compute_cross_overlaps as cross_overlaps
from qslc_runtime.circuit.complex import compute_overlaps as overlaps
from qslc_runtime.circuit.complex import compute_phases as phases
from qslc_runtime.circuit.complex import compute_probabilities as probabilities
from qslc_runtime.circuit.complex import make_product_state as product_state
from qslc_runtime.circuit.complex import repeat_gate as constant

__all__ = [
    "Pair",
    "apply",
    "apply_real",
    "apply_to_real",
    "constant",
    "cross_overlaps",
    "kron",
    "overlaps",
    "permute",
    "phases",
    "probabilities",
    "product_state",
    "rotate",
    "rotate_real",
    "rx",
    "ry",
    "rz",
    "scale",
    "then",
]
