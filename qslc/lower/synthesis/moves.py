"""Two-qubit Clifford gates as a search uses them, and the programs that they make.

C(s, t) on qubits a and b puts Pauli t on b where a has the eigenvalue -1 of Pauli s, and the other
way round: C(Z, X) is CNOT, C(Z, Z) is CZ. Up to one-qubit gates, which move no Pauli string from
one set of qubits to another, C(s, t) are all the gates that one CZ makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from qslc.diagnostics import CompilerFaultError
from qslc.ir.program import Operation, Pauli, PauliString, Placement, Program, rename_string
from qslc.pauli import tableau
from qslc.pauli.frame import Rotation, RotationForm
from qslc.pauli.tableau import Tableau, apply_gate, are_measurable_together

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


def choose_alphabet(
    form: RotationForm, operations: Sequence[Operation], *, settled: bool = False
) -> tuple[Letters, ...]:
    """Choose moves that are enough for a program.

    CNOTs where it has no other Clifford gate, because they keep real circuits real and observables
    of Z measurable together; CZ too, where it has these or a rotation that CNOTs cannot bring to
    one qubit; and otherwise all nine.

    Args:
        form: Rotation form of the program.
        operations: Operations of the program.
        settled: Whether the form brings letters other than Z to single qubits.
    """
    fixed = {op.gate for op in operations if op.kind.clifford}
    diagonal = all(pauli == "Z" for o in form.observables for _, pauli in o.paulis)
    if not (diagonal or settled) or fixed - {"cnot", "cz", "swap", "x", "z", "s"}:
        return EVERY
    enough = all(_suits_cnots(rotation.axis) for layer in form.layers for rotation in layer)
    return DIAGONAL if fixed & {"cz", "s"} or not enough else CNOTS


def _suits_cnots(string: PauliString) -> bool:
    """Return whether CNOTs, which keep the parity of Ys, can bring a string to one qubit."""
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


_QUARTER = sympy.pi / 2

_TO_Z: Mapping[Pauli, tuple[str, sympy.Expr]] = MappingProxyType(
    {"X": ("ry", -_QUARTER), "Y": ("rx", _QUARTER)}
)
"""The rotation that takes a Pauli to Z."""


def replay(
    program: Program, form: RotationForm, moves: Sequence[Move], start: Sequence[int], size: int
) -> tuple[Program, Placement]:
    """Return the program that does the rotations of a form with the gates of a search.

    Args:
        program: Program that the form is of.
        form: Rotation form.
        moves: Moves on device qubits.
        start: Device qubit of each program qubit.
        size: Number of device qubits.

    Raises:
        ValueError: With these gates some rotation is on no single qubit in its turn.
        CompilerFaultError: A gate of a move is no Clifford gate.
    """
    rotations = [rotation for layer in form.layers for rotation in layer]
    axes = (*form.observables, *(rotation.axis for rotation in rotations))
    # Strings of the form (observables, then rotations) after the operations so far.
    table = tableau.make_tableau(rename_string(axis, start) for axis in axes)
    operations: list[Operation] = []
    ends: dict[int, int] = {}
    due = _number_layers(form)
    pending = next(due, {})
    for move in (None, *moves):
        for operation in _list_gates(move) if move else ():
            operations.append(operation)
            turned = apply_gate(table, operation)
            if turned is None:
                raise CompilerFaultError(f"a move of the search has {operation}: no Clifford gate")
            table = turned
        while ready := _find_local(table, pending):
            for slot, (place, pauli) in ready.items():
                rotation = pending.pop(slot)
                if rotation.angle != 0:
                    sign = -1 if table.negative >> slot & 1 else 1
                    turn = Operation(f"r{pauli.lower()}", (place,), sign * rotation.angle)
                    operations.append(turn)
                ends[rotation.qubit] = place
            pending = pending or next(due, {})
    if pending:
        raise ValueError("some rotation is on no single qubit in its turn")
    observables = tableau.list_strings(table)[: len(form.observables)]
    found = replace(program, qubits=size, operations=tuple(operations), observables=observables)
    return found, Placement(tuple(start), _choose_ends(ends, start))


def keeps_setting(before: Program, after: Program) -> bool:
    """Return whether observables that could be measured in one setting still can be."""
    first, second = (tableau.make_tableau(program.observables) for program in (before, after))
    return are_measurable_together(second) or not are_measurable_together(first)


def _number_layers(form: RotationForm) -> Iterator[dict[int, Rotation]]:
    """Yield the rotations of each layer by their slots in the tableau."""
    slot = len(form.observables)
    for layer in form.layers:
        yield dict(enumerate(layer, slot))
        slot += len(layer)


def _find_local(table: Tableau, pending: Mapping[int, Rotation]) -> dict[int, tuple[int, Pauli]]:
    """Return the pending strings that are on one qubit: the qubit, and the Pauli there."""
    mask = sum(1 << slot for slot in pending)
    once = twice = 0
    for qubit, x in table.x.items():
        support = (x | table.z[qubit]) & mask
        twice |= once & support
        once |= support
    alone = once & ~twice
    return {
        slot: (qubit, tableau.LETTERS[x >> slot & 1, table.z[qubit] >> slot & 1])
        for qubit, x in table.x.items()
        for slot in tableau.list_bits((x | table.z[qubit]) & alone)
    }


def _list_gates(move: Move) -> Iterator[Operation]:
    """Yield C(s, t) on two qubits: CNOT, CZ, or CZ between rotations that take s and t to Z."""
    a, b, letters = move
    if letters == ("Z", "X"):
        yield Operation("cnot", (a, b))
    elif letters == ("X", "Z"):
        yield Operation("cnot", (b, a))
    else:
        turns = [(q, *_TO_Z[p]) for q, p in zip((a, b), letters, strict=True) if p != "Z"]
        yield from (Operation(gate, (q,), angle) for q, gate, angle in turns)
        yield Operation("cz", (a, b))
        yield from (Operation(gate, (q,), -angle) for q, gate, angle in turns)


def _choose_ends(last: Mapping[int, int], start: Sequence[int]) -> tuple[int, ...]:
    """Return where the last rotation of each qubit is, or any free place if that is taken."""
    ends: dict[int, int] = {}
    for qubit in sorted(last):
        if last[qubit] not in ends.values():
            ends[qubit] = last[qubit]
    free = [place for place in start if place not in ends.values()]
    return tuple(ends[q] if q in ends else free.pop() for q in range(len(start)))
