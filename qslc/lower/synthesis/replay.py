"""From the moves of a search to a program: gates, signs, and each rotation where it is due."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import sympy

from qslc.ir.angles import quarter_turns
from qslc.ir.program import Operation, Pauli, Placement, Program, rename_string
from qslc.lower.synthesis.moves import Move
from qslc.pauli import tableau
from qslc.pauli.frame import Rotation, RotationForm
from qslc.pauli.rotations import pauli_rotations
from qslc.pauli.tableau import Tableau

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

    def do(self, operation: Operation) -> None:
        """Adds a Clifford gate: Q becomes U Q U^dagger."""
        self.operations.append(operation)
        for paulis, angle in pauli_rotations(operation):
            for _ in range(-(quarter_turns(angle) or 0) % 4):
                self.table = tableau.quarter_turn(self.table, paulis)


def replayed(
    program: Program, form: RotationForm, moves: Sequence[Move], start: Sequence[int], size: int
) -> tuple[Program, Placement]:
    """The program that does the rotations of a form with the gates of a search.

    Args:
        program: what the form is of.
        moves: on device qubits.
        start: the device qubit of each program qubit.
        size: number of device qubits.

    Raises:
        ValueError: with these gates some rotation is on no single qubit in its turn.
    """
    rotations = [rotation for layer in form.layers for rotation in layer]
    axes = (*form.observables, *(rotation.axis for rotation in rotations))
    table = tableau.tableau(rename_string(axis, start) for axis in axes)
    replay = _Replay(table, [])
    ends: dict[int, int] = {}
    due = _layers(form)
    pending = next(due, {})
    for move in (None, *moves):
        for operation in _gate(move) if move else ():
            replay.do(operation)
        while ready := _local(replay.table, pending):
            for slot, (place, pauli) in ready.items():
                rotation = pending.pop(slot)
                if rotation.angle != 0:
                    sign = -1 if replay.table.negative >> slot & 1 else 1
                    turn = Operation(f"r{pauli.lower()}", (place,), sign * rotation.angle)
                    replay.operations.append(turn)
                ends[rotation.qubit] = place
            pending = pending or next(due, {})
    if pending:
        raise ValueError("some rotation is on no single qubit in its turn")
    observables = tableau.strings(replay.table)[: len(form.observables)]
    placed = replace(
        program, qubits=size, operations=tuple(replay.operations), observables=observables
    )
    return placed, Placement(tuple(start), _ends(ends, start))


def _layers(form: RotationForm) -> Iterator[dict[int, Rotation]]:
    """Of each layer the rotations by their slot in the tableau."""
    slot = len(form.observables)
    for layer in form.layers:
        yield dict(enumerate(layer, slot))
        slot += len(layer)


def _local(table: Tableau, pending: Mapping[int, Rotation]) -> dict[int, tuple[int, Pauli]]:
    """Of the pending strings those on one qubit: the qubit, and the Pauli there."""
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
        for slot in tableau.bits((x | table.z[qubit]) & alone)
    }


def _gate(move: Move) -> Iterator[Operation]:
    """C(s, t) on two qubits: CNOT, CZ, or CZ between rotations that take s and t to Z."""
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


def _ends(found: Mapping[int, int], start: Sequence[int]) -> tuple[int, ...]:
    """Where the last rotation of each qubit is; where that is taken, any place that is free."""
    ends: dict[int, int] = {}
    for qubit in sorted(found):
        if found[qubit] not in ends.values():
            ends[qubit] = found[qubit]
    free = [place for place in start if place not in ends.values()]
    return tuple(ends[q] if q in ends else free.pop() for q in range(len(start)))
