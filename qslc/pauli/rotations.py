"""Every gate as a product of Pauli rotations."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeAlias

import sympy

from qslc.ir.program import Operation

Factors: TypeAlias = tuple[tuple[int, str], ...]
PauliRotation: TypeAlias = tuple[Factors, sympy.Expr]
"""P and t of exp(-i t P / 2)."""

TURNS: Mapping[str, sympy.Expr] = MappingProxyType(
    {
        "x": sympy.pi,
        "z": sympy.pi,
        "s": sympy.pi / 2,
        "t": sympy.pi / 4,
        "cnot": sympy.pi,
        "cz": sympy.pi,
    }
)
"""Fixed gates that rotate, if their control is 1, by this angle about their axis."""

_PRODUCTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"h": ("Z", "X", "Z"), "swap": ("XX", "YY", "ZZ")}
)
"""Fixed gates that are products of quarter turns, the first to act first."""


def pauli_rotations(op: Operation) -> tuple[PauliRotation, ...]:
    """Rotations whose product, the first to act first, is the gate up to a global phase."""
    if op.gate in _PRODUCTS:
        return tuple((_factors(op, axes), sympy.pi / 2) for axes in _PRODUCTS[op.gate])
    angle = TURNS[op.gate] if op.angle is None else op.angle
    factors = _factors(op, op.kind.axes)
    if not op.kind.controlled:
        return ((factors, angle),)
    # The projector on control = 1 is (1 - Z) / 2. A fixed gate differs from the controlled
    # rotation by the phase exp(i angle / 2), which its control shows as a rotation.
    phase = () if op.kind.rotation else ((factors[:1], angle / 2),)
    return (*phase, (factors[1:], angle / 2), (factors, -angle / 2))


def _factors(op: Operation, axes: str) -> Factors:
    return tuple(zip(op.qubits, axes, strict=True))
