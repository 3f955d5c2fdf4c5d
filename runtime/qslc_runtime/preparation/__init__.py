"""Prepare real vectors as states of qubits: circuits, and the angles for each vector."""

from __future__ import annotations

from qslc_runtime.preparation.axes import find_principal_axes
from qslc_runtime.preparation.brick import Brick
from qslc_runtime.preparation.couplers import (
    color_couplers,
    count_exact_gates,
    list_falling_periods,
    make_brick,
)
from qslc_runtime.preparation.encoding import encode_vectors
from qslc_runtime.preparation.multiplexed import (
    Entangler,
    Rotation,
    compute_multiplexed_angles,
    list_multiplexed_steps,
)
from qslc_runtime.preparation.prepare import Preparation, prepare_states
from qslc_runtime.preparation.problem import Bank
from qslc_runtime.preparation.simulation import simulate

__all__ = [
    "Bank",
    "Brick",
    "Entangler",
    "Preparation",
    "Rotation",
    "color_couplers",
    "compute_multiplexed_angles",
    "count_exact_gates",
    "encode_vectors",
    "find_principal_axes",
    "list_falling_periods",
    "list_multiplexed_steps",
    "make_brick",
    "prepare_states",
    "simulate",
]
