"""A circuit as Pauli rotations alone: Clifford gates moved to its end, into the observables.

U = C R_K ... R_1 with rotations R_k = exp(-i t_k P_k / 2) and a Clifford C. Which rotations an
observable depends on is then a matter of which Pauli strings commute (the Pauli frame; Gottesman
1998, arXiv:quant-ph/9807006).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from qslc.ir import tableau
from qslc.ir.angles import quarter_turns
from qslc.ir.pauli_rotations import pauli_rotations
from qslc.ir.program import PauliString, Program


@dataclass(frozen=True, slots=True)
class Turn:
    """A rotation: its Pauli string, signed, and its angle in radians."""

    string: PauliString
    angle: sympy.Expr


@dataclass(frozen=True, slots=True)
class Frame:
    """The rotations, the first to act first, and the observables carried back past C."""

    turns: tuple[Turn, ...]
    observables: tuple[PauliString, ...]


def frame(program: Program) -> Frame:
    """The Pauli frame of a program. Constant angles that are not quarter turns stay rotations."""
    table = tableau.tableau(program.observables)
    angles: list[sympy.Expr] = []
    for op in reversed(program.operations):
        for paulis, angle in reversed(pauli_rotations(op)):
            turns = None if angle.free_symbols else quarter_turns(angle)
            if turns is None:
                angles.append(angle)
                table = tableau.with_string(table, table.size, paulis)
            for _ in range((turns or 0) % 4):
                table = tableau.quarter_turn(table, paulis)
    strings = tableau.strings(table)
    count = len(program.observables)
    rotations = map(Turn, strings[count:], angles)
    return Frame(tuple(rotations)[::-1], strings[:count])


def commute(first: PauliString, second: PauliString) -> bool:
    """Whether two Pauli strings commute: they differ, both not 1, on an even number of qubits."""
    letters = dict(first.paulis)
    return sum(letters.get(q, p) != p for q, p in second.paulis) % 2 == 0
