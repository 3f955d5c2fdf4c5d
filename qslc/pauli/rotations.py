"""Every gate as a product of Pauli rotations."""

from __future__ import annotations

from typing import TypeAlias

import sympy

from qslc.ir.angles import count_quarter_turns
from qslc.ir.program import Operation
from qslc.pauli.tableau import Tableau, turn_by_quarter

Factors: TypeAlias = tuple[tuple[int, str], ...]
PauliRotation: TypeAlias = tuple[Factors, sympy.Expr]
"""P and t of exp(-i t P / 2)."""


def decompose_to_rotations(op: Operation) -> tuple[PauliRotation, ...]:
    """Return rotations whose product, the first to act first, is the gate up to a global phase."""
    unit = sympy.pi if op.angle is None else op.angle
    return tuple(
        (_factors(op, letters), unit * sympy.Rational(part)) for letters, part in op.kind.generators
    )


def _factors(op: Operation, letters: str) -> Factors:
    paired = zip(op.qubits, letters, strict=True)
    return tuple((qubit, letter) for qubit, letter in paired if letter != "-")


def apply_clifford(table: Tableau, op: Operation) -> Tableau | None:
    """Return U Q U^dagger for every string Q, or None if the gate U is no Clifford gate."""
    for paulis, angle in decompose_to_rotations(op):
        turns = None if angle.free_symbols else count_quarter_turns(angle)
        if turns is None:
            return None
        for _ in range(-turns % 4):
            table = turn_by_quarter(table, paulis)
    return table
