"""Turn the moves of a search into a program: gates, signs, and each rotation where it is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import sympy

from qslc.ir.program import Operation, Pauli, Placement, Program, rename_string
from qslc.lower.synthesis.moves import Move
from qslc.pauli import tableau
from qslc.pauli.frame import Rotation, RotationForm
from qslc.pauli.tableau import Tableau, apply_clifford, are_measurable_together

_QUARTER = sympy.pi / 2

_TO_Z: Mapping[Pauli, tuple[str, sympy.Expr] | None] = MappingProxyType(
    {"X": ("ry", -_QUARTER), "Y": ("rx", _QUARTER), "Z": None}
)
"""The rotation that takes a Pauli to Z."""


@dataclass
class _Replay:
    """The strings of a form (observables, then rotations) after the operations so far."""

    table: Tableau
    operations: list[Operation]

    def append(self, operation: Operation) -> None:
        """Append a Clifford gate: Q becomes U Q U^dagger."""
        self.operations.append(operation)
        self.table = apply_clifford(self.table, operation) or self.table


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
    """
    rotations = [rotation for layer in form.layers for rotation in layer]
    axes = (*form.observables, *(rotation.axis for rotation in rotations))
    run = _Replay(tableau.make_tableau(rename_string(axis, start) for axis in axes), [])
    ends: dict[int, int] = {}
    due = _number_layers(form)
    pending = next(due, {})
    for move in (None, *moves):
        for operation in _make_gates(move) if move else ():
            run.append(operation)
        while ready := _find_local(run.table, pending):
            for slot, (place, pauli) in ready.items():
                rotation = pending.pop(slot)
                if rotation.angle != 0:
                    sign = -1 if run.table.negative >> slot & 1 else 1
                    turn = Operation(f"r{pauli.lower()}", (place,), sign * rotation.angle)
                    run.operations.append(turn)
                ends[rotation.qubit] = place
            pending = pending or next(due, {})
    if pending:
        raise ValueError("some rotation is on no single qubit in its turn")
    observables = tableau.list_strings(run.table)[: len(form.observables)]
    operations = tuple(run.operations)
    found = replace(program, qubits=size, operations=operations, observables=observables)
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


def _make_gates(move: Move) -> Iterator[Operation]:
    """Yield C(s, t) on two qubits: CNOT, CZ, or CZ between rotations that take s and t to Z."""
    a, b, (s, t) = move
    if (s, t) == ("Z", "X"):
        yield Operation("cnot", (a, b))
    elif (s, t) == ("X", "Z"):
        yield Operation("cnot", (b, a))
    else:
        turns = [(q, _TO_Z[p]) for q, p in ((a, s), (b, t))]
        yield from (Operation(turn[0], (q,), turn[1]) for q, turn in turns if turn)
        yield Operation("cz", (a, b))
        yield from (Operation(turn[0], (q,), -turn[1]) for q, turn in turns if turn)


def _choose_ends(last: Mapping[int, int], start: Sequence[int]) -> tuple[int, ...]:
    """Return where the last rotation of each qubit is, or any free place if that is taken."""
    ends: dict[int, int] = {}
    for qubit in sorted(last):
        if last[qubit] not in ends.values():
            ends[qubit] = last[qubit]
    free = [place for place in start if place not in ends.values()]
    return tuple(ends[q] if q in ends else free.pop() for q in range(len(start)))
