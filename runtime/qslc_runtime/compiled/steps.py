"""The steps by which generated layers state their circuit: see ``qslc_runtime.circuit.steps``."""

from __future__ import annotations

from qslc_runtime.circuit.steps import (
    Amplitudes,
    Gates,
    Measure,
    Parity,
    Permutation,
    Phase,
    Product,
    Step,
    Symbols,
)

__all__ = [
    "Amplitudes",
    "Gates",
    "Measure",
    "Parity",
    "Permutation",
    "Phase",
    "Product",
    "Step",
    "Symbols",
]
