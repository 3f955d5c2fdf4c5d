"""Two-qubit Clifford gates as a search uses them: controlled Paulis on the couplers.

C(s, t) on qubits a and b puts Pauli t on b where a has the eigenvalue -1 of Pauli s, and the other
way round: C(Z, X) is CNOT, C(Z, Z) is CZ. Up to one-qubit gates, which move no Pauli string from
one set of qubits to another, C(s, t) are all the gates that one CZ makes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qslc.ir.program import Operation, Pauli, PauliString
from qslc.pauli.frame import RotationForm

Letters = tuple[Pauli, Pauli]
Move = tuple[int, int, Letters]
"""Two coupled qubits and a letter for each."""
Bits = NDArray[np.uint64]

CNOTS: tuple[Letters, ...] = (("Z", "X"), ("X", "Z"))
DIAGONAL: tuple[Letters, ...] = (*CNOTS, ("Z", "Z"))
EVERY: tuple[Letters, ...] = tuple((s, t) for s in ("Z", "X", "Y") for t in ("Z", "X", "Y"))


def alphabet(form: RotationForm, operations: Sequence[Operation]) -> tuple[Letters, ...]:
    """Moves that are enough for a program.

    CNOTs where it has no other Clifford gate, because they keep real circuits real and observables
    of Z measurable together; CZ too, where it has these or a rotation that CNOTs cannot bring to
    one qubit; and otherwise all nine.
    """
    fixed = {op.gate for op in operations if op.kind.clifford}
    diagonal = all(pauli == "Z" for o in form.observables for _, pauli in o.paulis)
    if not diagonal or fixed - {"cnot", "cz", "swap", "x", "z", "s"}:
        return EVERY
    enough = all(_is_for_cnots(rotation.axis) for layer in form.layers for rotation in layer)
    return DIAGONAL if fixed & {"cz", "s"} or not enough else CNOTS


def _is_for_cnots(string: PauliString) -> bool:
    """Whether CNOTs can bring a string to one qubit.

    They make neither its X part vanish nor its Z part, and keep the parity of its Ys.
    """
    letters = [pauli for _, pauli in string.paulis]
    return {*letters} in ({"X"}, {"Z"}) or letters.count("Y") % 2 == 1


def anticommuting(x: Bits, z: Bits, letter: Pauli) -> Bits:
    """The strings whose Pauli on a qubit, given as bits x and z, anticommutes with a letter."""
    if letter == "Y":
        return x ^ z
    return x if letter == "Z" else z


def multiplied(x: Bits, z: Bits, letter: Pauli, where: Bits) -> tuple[Bits, Bits]:
    """The Paulis on a qubit, multiplied by a letter for some of the strings."""
    return (x if letter == "Z" else x ^ where), (z if letter == "X" else z ^ where)
