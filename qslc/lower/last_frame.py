"""Choose the frame in which a program ends: gates that make what is measured lighter.

Absorbing Clifford gates into the observables makes these heavier, and a string of many letters
collects the readout errors of all its qubits. Where a qubit reads worse than a gate errs, the gate
is worth its error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import sympy

from qslc.ir.decompositions import to_entanglers, to_native
from qslc.ir.program import Operation, PauliString, Program
from qslc.lower.placement.relocation import find_least_error
from qslc.passes import Pass, clean_up
from qslc.pauli import tableau
from qslc.pauli.tableau import Tableau
from qslc.spec.objectives import Objective
from qslc.targets.device import Device

LEVEL = 2
"""Optimization level from which observables are changed, here as by absorbed gates."""

_TRIED = 5
"""Gates whose error is predicted in each round, those that save the most letters first."""


_PREDICTIONS = 2000
"""Number of predictions of a program, times its operations on two qubits; one round in any case."""


def chooses_last_frame(objective: Objective, level: int) -> bool:
    """Tell whether a compile chooses its last frame."""
    return objective.needs_calibration and level >= LEVEL


def choose_last_frame(
    program: Program, device: Device, passes: tuple[Pass, ...]
) -> tuple[Program, float]:
    """Append Clifford gates to a native program if its predicted error falls.

    Gates are added until none saves a letter, as the first of a moment costs more than the others;
    the program with the least error on the way is returned.

    Returns:
        The program, cleaned up, and its predicted error at its best place.

    Raises:
        InputError: The device has no calibration.
    """
    best, error = program, find_least_error(program, device)
    now, pairs = program, sum(len(op.qubits) == 2 for op in program.operations)
    for _ in range(max(1, _PREDICTIONS // (_TRIED * max(1, pairs)))):
        tried = [clean_up(each, passes) for each in _list_longer(now, device)]
        if not tried:
            break
        costs = [(find_least_error(each, device), i) for i, each in enumerate(tried)]
        least, number = min(costs)
        now = tried[number]
        if least < error:
            best, error = now, least
    return best, error


def _list_longer(program: Program, device: Device) -> list[Program]:
    """Return programs with one more gate, by which the strings that are read have fewer letters."""
    letters = {qubit: letter for each in program.observables for qubit, letter in each.paulis}
    before = tableau.make_tableau(program.observables)
    found = []
    for pair in _list_pairs(program):
        for a, b in (pair, pair[::-1]):
            gate = _make_gate(a, b, letters.get(a, "Z"), letters.get(b, "Z"))
            table = before
            for op in gate:
                moved = tableau.apply_gate(table, op)
                assert moved is not None  # noqa: S101 - the gates are Clifford gates
                table = moved
            if (saved := _count_letters(before, pair) - _count_letters(table, pair)) > 0:
                found.append((-saved, a, b, gate, table))
    found.sort(key=lambda item: item[:3])
    return [
        _append(program, gate, tableau.list_strings(table), device)
        for _, _, _, gate, table in found[:_TRIED]
    ]


def _append(
    program: Program, gate: tuple[Operation, ...], strings: tuple[PauliString, ...], device: Device
) -> Program:
    parts = (to_entanglers(op, device.gates) if len(op.qubits) == 2 else (op,) for op in gate)
    added = to_native(tuple(op for part in parts for op in part), device.gates)
    return replace(program, operations=(*program.operations, *added), observables=strings)


def _list_pairs(program: Program) -> Iterator[tuple[int, int]]:
    """Yield the pairs on which the program has gates already, which move along with it."""
    pairs = (op.qubits for op in program.operations if len(op.qubits) == 2)
    yield from sorted({(min(pair), max(pair)) for pair in pairs})


def _make_gate(a: int, b: int, letter_a: str, letter_b: str) -> tuple[Operation, ...]:
    """Return a controlled gate that keeps the letter of a, and takes that of b to both letters."""
    half = sympy.pi / 2
    first = {"Z": (), "X": (Operation("h", (a,)),), "Y": (Operation("rx", (a,), half),)}[letter_a]
    last = {"Z": (), "X": (Operation("h", (a,)),), "Y": (Operation("rx", (a,), -half),)}[letter_a]
    turn = () if letter_b == "X" else (Operation("h", (b,)),)
    return *first, *turn, Operation("cz", (a, b)), *turn, *last


def _count_letters(table: Tableau, qubits: Iterable[int]) -> int:
    """Count the letters of all strings on some qubits."""
    return sum((table.x.get(q, 0) | table.z.get(q, 0)).bit_count() for q in qubits)
