"""A circuit as Pauli rotations alone: Clifford gates moved to its end, into the observables.

U = C R_K ... R_1 with rotations R_k = exp(-i t_k P_k / 2) and a Clifford C. Which rotations an
observable depends on is then a matter of which Pauli strings commute (the Pauli frame; Gottesman
1998, arXiv:quant-ph/9807006).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import sympy

from qslc.ir.angles import quarter_turns
from qslc.ir.program import PauliString, Program
from qslc.pauli import tableau
from qslc.pauli.rotations import pauli_rotations

Mask: TypeAlias = tuple[int, int]
"""A Pauli string without its sign; see ``mask``."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A rotation: its Pauli string and sign, and its angle in radians."""

    string: Mask
    sign: int
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
    rotations = (
        Turn(mask(string), string.sign, angle)
        for string, angle in zip(strings[count:], angles, strict=True)
    )
    return Frame(tuple(rotations)[::-1], strings[:count])


def mask(string: PauliString) -> Mask:
    """The qubits with X or Y, and those with Z or Y, as bits."""
    x = sum(1 << qubit for qubit, pauli in string.paulis if pauli != "Z")
    z = sum(1 << qubit for qubit, pauli in string.paulis if pauli != "X")
    return x, z


def commute(first: Mask, second: Mask) -> bool:
    """Whether two Pauli strings commute: they differ, both not 1, on an even number of qubits."""
    return ((first[0] & second[1]) ^ (first[1] & second[0])).bit_count() % 2 == 0
