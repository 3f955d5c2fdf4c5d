"""Two-qubit Clifford gates as a search uses them: controlled Paulis on the couplers.

C(s, t) on qubits a and b puts Pauli t on b where a has the eigenvalue -1 of Pauli s, and the other
way round: C(Z, X) is CNOT, C(Z, Z) is CZ. Up to one-qubit gates, which move no Pauli string from
one set of qubits to another, C(s, t) are all the gates that one CZ makes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.ir.program import Operation, Pauli, PauliString
from qslc.pauli.frame import RotationForm

Bits: TypeAlias = NDArray[np.uint64]
Letters: TypeAlias = tuple[Pauli, Pauli]
Move: TypeAlias = tuple[int, int, Letters]
"""Two coupled qubits and a letter for each."""

CNOTS: tuple[Letters, ...] = (("Z", "X"), ("X", "Z"))
DIAGONAL: tuple[Letters, ...] = (*CNOTS, ("Z", "Z"))
EVERY: tuple[Letters, ...] = tuple((s, t) for s in ("Z", "X", "Y") for t in ("Z", "X", "Y"))

ALPHABETS: Mapping[tuple[Letters, ...], str] = MappingProxyType(
    {CNOTS: "CNOTs", DIAGONAL: "CNOTs and CZs", EVERY: "all controlled Paulis"}
)
"""The name of each set of moves that a search may use."""


def choose_alphabet(form: RotationForm, operations: Sequence[Operation]) -> tuple[Letters, ...]:
    """Choose moves that are enough for a program.

    CNOTs where it has no other Clifford gate, because they keep real circuits real and observables
    of Z measurable together; CZ too, where it has these or a rotation that CNOTs cannot bring to
    one qubit; and otherwise all nine.

    Args:
        form: Rotation form of the program.
        operations: Operations of the program.
    """
    fixed = {op.gate for op in operations if op.kind.clifford}
    diagonal = all(pauli == "Z" for o in form.observables for _, pauli in o.paulis)
    if not diagonal or fixed - {"cnot", "cz", "swap", "x", "z", "s"}:
        return EVERY
    enough = all(_suits_cnots(rotation.axis) for layer in form.layers for rotation in layer)
    return DIAGONAL if fixed & {"cz", "s"} or not enough else CNOTS


def _suits_cnots(string: PauliString) -> bool:
    """Return whether CNOTs can bring a string to one qubit.

    They make neither its X part vanish nor its Z part, and keep the parity of its Ys.
    """
    letters = [pauli for _, pauli in string.paulis]
    return {*letters} in ({"X"}, {"Z"}) or letters.count("Y") % 2 == 1


def find_anticommuting(x: Bits, z: Bits, letter: Pauli) -> Bits:
    """Return the strings whose Pauli on a qubit, in bits x and z, anticommutes with a letter."""
    if letter == "Y":
        return x ^ z
    return x if letter == "Z" else z


def multiply(x: Bits, z: Bits, letter: Pauli, where: Bits) -> tuple[Bits, Bits]:
    """Multiply the Paulis on a qubit by a letter, for some of the strings."""
    return (x if letter == "Z" else x ^ where), (z if letter == "X" else z ^ where)
