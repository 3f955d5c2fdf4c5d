"""Programs as Pauli rotations exp(-i t P / 2) alone, with Clifford gates moved into observables.

Each Clifford gate is taken out by conjugating all that comes after it (the Pauli frame: Gottesman
1998, arXiv:quant-ph/9807006; Litinski, "A game of surface codes", Quantum 3, 128, 2019). What is
left of it at the end of the circuit only changes which Pauli strings are measured. The entanglers
of an ansatz change the frame in which the next rotations act on one qubit each.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sympy

from qslc.ir.angles import count_quarter_turns, is_zero
from qslc.ir.decompositions import decompose_to_rotations
from qslc.ir.program import Operation, PauliString, Program
from qslc.pauli import tableau


@dataclass(frozen=True, slots=True)
class Rotation:
    """A rotation exp(-i angle P / 2) about a Pauli string P.

    Args:
        axis: P as it is before all gates, with its sign.
        angle: Angle in radians.
        qubit: Qubit that the rotation acts on in the program, the last one if there are several.
    """

    axis: PauliString
    angle: sympy.Expr
    qubit: int


@dataclass(frozen=True, slots=True)
class Frame:
    """The rotations of a program, the first to act first, and the observables after them."""

    rotations: tuple[Rotation, ...]
    observables: tuple[PauliString, ...]


@dataclass(frozen=True, slots=True)
class RotationForm:
    """A program as layers of rotations, and the observables after all of them.

    The rotations of a layer commute with one another and their axes have no sign; each one
    anticommutes with one of the layer before.
    """

    layers: tuple[tuple[Rotation, ...], ...]
    observables: tuple[PauliString, ...]


def find_pauli_frame(program: Program) -> Frame:
    """Return the Pauli frame of a program.

    Constant angles that are not quarter turns, such as that of T, stay rotations.
    """
    parts = [
        (paulis, angle, count_quarter_turns(angle))
        for op in program.operations
        for paulis, angle in decompose_to_rotations(op)
    ]
    table = tableau.make_tableau(program.observables)
    measured, size = table.size, table.size + sum(turns is None for _, _, turns in parts)
    slot = size
    for paulis, _, turns in reversed(parts):
        if turns is None:
            slot -= 1
            table = tableau.insert_string(table, slot, paulis)
        for _ in range((turns or 0) % 4):
            table = tableau.turn_by_quarter(table, paulis)
    axes = tableau.list_strings(replace(table, size=size))
    kept = ((paulis, angle) for paulis, angle, turns in parts if turns is None)
    rotations = (
        Rotation(axis, angle, paulis[-1][0])
        for axis, (paulis, angle) in zip(axes[measured:], kept, strict=True)
    )
    return Frame(tuple(rotations), axes[:measured])


def keep_visible(
    rotations: Sequence[Rotation], observables: Sequence[PauliString]
) -> list[Rotation]:
    """Return the rotations on which an expectation may depend, seen from the end.

    Those do not commute with some observable, or with a later rotation that is kept itself.
    """
    table = tableau.make_tableau((*observables, *(rotation.axis for rotation in rotations)))
    watching = (1 << len(observables)) - 1
    kept = []
    for k in reversed(range(len(rotations))):
        if tableau.find_anticommuting(table, rotations[k].axis.paulis) & watching:
            watching |= 1 << len(observables) + k
            kept.append(rotations[k])
    return kept[::-1]


def make_rotation_form(program: Program) -> RotationForm:
    """Return a program as layers of rotations, with rotations about one axis merged.

    A rotation is dropped on which no observable depends, or that acts on |0...0> as a number.
    """
    frame = find_pauli_frame(program)
    merged = _arrange_in_layers(map(_without_sign, frame.rotations))
    if program.start == "zero" and merged:
        first = [r for r in merged[0] if any(pauli != "Z" for _, pauli in r.axis.paulis)]
        merged = _arrange_in_layers([*first, *(r for layer in merged[1:] for r in layer)])
    visible = keep_visible([r for layer in merged for r in layer], frame.observables)
    layers = tuple(tuple(layer) for layer in _arrange_in_layers(visible) if layer)
    return RotationForm(layers, frame.observables)


def complete_last_layer(program: Program, form: RotationForm) -> RotationForm:
    """Add a rotation by 0 for each qubit that the last layer leaves out, if these are few.

    More has to be done then, but an entangler keeps its shape: a star whose center is not rotated
    any more is still a star.

    Args:
        program: Program that the form is of.
        form: Form to complete.
    """
    last = {rotation.qubit for rotation in form.layers[-1]} if form.layers else set()
    missing = [q for q in range(program.qubits) if q not in last]
    if not missing or 4 * len(missing) > program.qubits:
        return form
    idle = (Operation("ry", (qubit,), sympy.Symbol("idle")) for qubit in missing)
    extended = replace(program, operations=(*program.operations, *idle))
    added = tuple(
        replace(_without_sign(each), angle=sympy.S.Zero)
        for each in find_pauli_frame(extended).rotations[-len(missing) :]
    )
    layer = (*form.layers[-1], *added)
    table = tableau.make_tableau(rotation.axis for rotation in layer)
    if any(tableau.find_anticommuting(table, rotation.axis.paulis) for rotation in added):
        return form
    return replace(form, layers=(*form.layers[:-1], layer))


def settle_letters(program: Program, form: RotationForm) -> RotationForm:
    """Add a layer of rotations by 0 about the letters other than Z that are read.

    A circuit that does these on single qubits reads one letter of each: whatever commutes with a
    letter on a qubit has that letter there, or none. Where a qubit is read in several letters, the
    form stays as it is.

    Args:
        program: Program that the form is of.
        form: Form to complete.
    """
    letters = {pauli for observable in program.observables for pauli in observable.paulis}
    turned = sorted(each for each in letters if each[1] != "Z")
    if not turned or len({qubit for qubit, _ in letters}) < len(letters):
        return form
    idle = (Operation(f"r{letter.lower()}", (q,), sympy.Symbol("idle")) for q, letter in turned)
    extended = replace(program, operations=(*program.operations, *idle))
    added = (
        replace(_without_sign(each), angle=sympy.S.Zero)
        for each in find_pauli_frame(extended).rotations[-len(turned) :]
    )
    return replace(form, layers=(*form.layers, tuple(added)))


def _without_sign(rotation: Rotation) -> Rotation:
    """Return the same rotation with the sign of its axis in its angle."""
    axis = rotation.axis
    return replace(rotation, axis=replace(axis, sign=1), angle=axis.sign * rotation.angle)


def _arrange_in_layers(rotations: Iterable[Rotation]) -> list[list[Rotation]]:
    """Put each rotation behind the last layer that holds something that anticommutes with it."""
    rotations = list(rotations)
    table = tableau.make_tableau(rotation.axis for rotation in rotations)
    layers: list[dict[PauliString, Rotation]] = []
    members: list[int] = []
    for k, rotation in enumerate(rotations):
        blocking = tableau.find_anticommuting(table, rotation.axis.paulis)
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
