"""Simplify gates on qubits whose state is known."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

import sympy

from qslc.ir.decompositions import decompose_to_rotations
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, PauliString, Program, rename_string
from qslc.pauli import tableau
from qslc.pauli.tableau import apply_gate

_States: TypeAlias = dict[int, PauliString]
"""For each qubit that is in an eigenstate of a Pauli operator, unentangled, the one that is 1."""


def simplify_known_states(program: Program) -> Program:
    """Make gates smaller on qubits whose state is still known, from |0...0> on.

    A gate that acts along an axis on a qubit in an eigenstate of that axis acts there as a number:
    it does nothing, or only its action on the other qubit is left. A program whose input state
    comes from outside stays as it is.
    """
    if program.start != "zero":
        return program
    states = {qubit: PauliString(((qubit, "Z"),)) for qubit in range(program.qubits)}
    operations = tuple(left for op in program.operations for left in _simplify(op, states))
    return replace(program, operations=operations)


def _simplify(op: Operation, states: _States) -> Iterator[Operation]:
    """Yield what is left of a gate, and keep the known states up to date."""
    left = _simplify_two_qubit(op, states) if len(op.qubits) == 2 else (op,)
    if len(left) == 1 and len(left[0].qubits) == 1 and _is_along_axis(left[0], 0, states):
        return
    for each in left:
        _update(states, each, fixed=op.angle is None)
        yield each


def _is_along_axis(op: Operation, side: int, states: _States) -> bool:
    """Tell whether one of a gate's qubits is in an eigenstate of the gate's axis there."""
    qubit = op.qubits[side]
    return qubit in states and states[qubit].paulis == ((qubit, op.kind.axes[side]),)


def _simplify_two_qubit(op: Operation, states: _States) -> tuple[Operation, ...]:
    """Return a two-qubit gate, or what is left of it on one qubit."""
    if op.gate == "swap":
        a, b = op.qubits
        equal = a in states and rename_string(states[a], {a: b}) == states.get(b)
        return () if equal else (op,)
    for side, qubit in enumerate(op.qubits):
        if _is_along_axis(op, side, states):
            return _act_on_other(op, qubit, states[qubit].sign)
    return (op,)


def _act_on_other(op: Operation, known: int, sign: int) -> tuple[Operation, ...]:
    """Return the action on one qubit when the other is an eigenstate of the gate's axis there."""
    turns: list[tuple[str, sympy.Expr]] = []
    for factors, angle in decompose_to_rotations(op):
        if len(factors) == 2:
            angle = sign * angle
        for qubit, letter in factors:
            if qubit == known:
                continue
            if turns and turns[-1][0] == letter:
                turns[-1] = letter, turns[-1][1] + angle
            else:
                turns.append((letter, angle))
    (other,) = {*op.qubits} - {known}
    return tuple(_rotate(letter, angle, other) for letter, angle in turns if angle != 0)


def _rotate(letter: str, angle: sympy.Expr, qubit: int) -> Operation:
    """Return a rotation, or the Pauli gate that it is."""
    if angle == sympy.pi and letter.lower() in GATES:
        return Operation(letter.lower(), (qubit,))
    return Operation(f"r{letter.lower()}", (qubit,), angle)


def _update(states: _States, op: Operation, *, fixed: bool) -> None:
    """Keep the known states up to date; after a rotation by a weight or constant none is known."""
    before = tableau.make_tableau(states.pop(qubit) for qubit in op.qubits if qubit in states)
    if before.size and (op.gate == "swap" or (len(op.qubits) == 1 and fixed)):
        after = apply_gate(before, op)
        strings = () if after is None else tableau.list_strings(after)
        states.update({string.qubits[0]: string for string in strings})
