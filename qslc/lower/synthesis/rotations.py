"""The Pauli-rotation form: every program is rotations exp(-i t P / 2), then a Clifford circuit.

Each Clifford gate is taken out by conjugating all that comes after it (Litinski, "A game of
surface codes", Quantum 3, 128, 2019). What is left of it at the end of the circuit only changes
which Pauli strings are measured. What the entanglers of an ansatz are for is then plain: they
change the frame in which the next rotations act on one qubit each.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import sympy

from qslc.ir.angles import is_zero, quarter_turns
from qslc.ir.program import Operation, PauliString, Program
from qslc.pauli import tableau
from qslc.pauli.rotations import pauli_rotations

_IDLE = sympy.Symbol("idle")


@dataclass(frozen=True, slots=True)
class Rotation:
    """exp(-i angle P / 2) with P, the axis, before all gates, and the angle in radians.

    ``qubit`` is the one that it acts on as written, the last one if there are several.
    """

    axis: PauliString
    angle: sympy.Expr
    qubit: int


@dataclass(frozen=True, slots=True)
class RotationForm:
    """A program as rotations in layers, and the observables before all of them.

    The rotations of a layer commute with one another; each one anticommutes with one of the layer
    before. Expectations are those of the observables after the rotations.
    """

    layers: tuple[tuple[Rotation, ...], ...]
    observables: tuple[PauliString, ...]


def rotation_form(program: Program) -> RotationForm:
    """The program as Pauli rotations, with rotations about one axis merged where they meet.

    A rotation is dropped that no observable sees, or that acts on |0...0> as a number.
    """
    observables, rotations = _conjugated(program)
    merged = _layered(rotations)
    if program.start == "zero" and merged:
        first = [r for r in merged[0] if any(pauli != "Z" for _, pauli in r.axis.paulis)]
        merged = _layered([*first, *(r for layer in merged[1:] for r in layer)])
    seen = _seen([r for layer in merged for r in layer], observables)
    return RotationForm(_frozen(_layered(seen)), observables)


def completed(program: Program, form: RotationForm) -> RotationForm:
    """The form, with a rotation by 0 for each qubit that the last layer leaves out, if few do.

    More has to be done then, but what an entangler does is plainer: a star whose centre is not
    rotated any more is still a star.
    """
    last = {rotation.qubit for rotation in form.layers[-1]} if form.layers else set()
    missing = [q for q in range(program.qubits) if q not in last]
    if not missing or 4 * len(missing) > program.qubits:
        return form
    idle = (Operation("ry", (qubit,), _IDLE) for qubit in missing)
    _, rotations = _conjugated(replace(program, operations=(*program.operations, *idle)))
    added = tuple(replace(each, angle=sympy.S.Zero) for each in rotations[-len(missing) :])
    layer = (*form.layers[-1], *added)
    table = tableau.tableau(rotation.axis for rotation in layer)
    if any(tableau.anticommuting(table, rotation.axis.paulis) for rotation in added):
        return form
    return replace(form, layers=(*form.layers[:-1], layer))


def _conjugated(program: Program) -> tuple[tuple[PauliString, ...], list[Rotation]]:
    """The observables and the rotations, in order, as they are before the first gate."""
    parts = [
        (paulis, angle, None if angle.free_symbols else quarter_turns(angle))
        for op in program.operations
        for paulis, angle in pauli_rotations(op)
    ]
    table = tableau.tableau(program.observables)
    measured, size = table.size, table.size + sum(turns is None for _, _, turns in parts)
    slot = size
    for paulis, _, turns in reversed(parts):
        if turns is None:
            slot -= 1
            table = tableau.with_string(table, slot, paulis)
        for _ in range((turns or 0) % 4):
            table = tableau.quarter_turn(table, paulis)
    axes = tableau.strings(replace(table, size=size))
    kept = (part for part in parts if part[2] is None)
    return axes[:measured], [
        Rotation(replace(axis, sign=1), axis.sign * angle, paulis[-1][0])
        for axis, (paulis, angle, _) in zip(axes[measured:], kept, strict=True)
    ]


def _layered(rotations: Iterable[Rotation]) -> list[list[Rotation]]:
    """As early as can be: behind the last layer that holds something that anticommutes."""
    rotations = list(rotations)
    table = tableau.tableau(rotation.axis for rotation in rotations)
    layers: list[dict[PauliString, Rotation]] = []
    members: list[int] = []
    for k, rotation in enumerate(rotations):
        blocking = tableau.anticommuting(table, rotation.axis.paulis)
        level = len(layers)
        while level and not members[level - 1] & blocking:
            level -= 1
        if level == len(layers):
            layers.append({})
            members.append(0)
        members[level] |= 1 << k
        before = layers[level].get(rotation.axis)
        angle = rotation.angle if before is None else before.angle + rotation.angle
        layers[level][rotation.axis] = replace(rotation, angle=angle)
    return [[r for r in layer.values() if not is_zero(r.angle)] for layer in layers]


def _seen(rotations: list[Rotation], observables: tuple[PauliString, ...]) -> list[Rotation]:
    """Those that an observable, or a later rotation that is seen itself, does not commute with."""
    table = tableau.tableau((*observables, *(rotation.axis for rotation in rotations)))
    watching = (1 << len(observables)) - 1
    kept = []
    for k in reversed(range(len(rotations))):
        if tableau.anticommuting(table, rotations[k].axis.paulis) & watching:
            watching |= 1 << len(observables) + k
            kept.append(rotations[k])
    return kept[::-1]


def _frozen(layers: Iterable[list[Rotation]]) -> tuple[tuple[Rotation, ...], ...]:
    return tuple(tuple(layer) for layer in layers if layer)
