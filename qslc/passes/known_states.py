"""Simplify gates on qubits whose state is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import sympy

from qslc.ir.decompositions import decompose_to_rotations
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, Pauli, PauliString, Program
from qslc.pauli import tableau
from qslc.pauli.tableau import apply_clifford


@dataclass(frozen=True, slots=True)
class _Eigenstate:
    """A qubit is, unentangled, in the eigenstate of a Pauli operator with eigenvalue ``sign``."""

    pauli: Pauli
    sign: int


def simplify_known_states(program: Program) -> Program:
    """Make gates smaller on qubits whose state is still known, from |0...0> on.

    A gate that acts along an axis on a qubit in an eigenstate of that axis acts there as a number:
    it does nothing, or only its action on the other qubit is left. A program whose input state
    comes from outside stays as it is.
    """
    if program.start != "zero":
        return program
    states = dict.fromkeys(range(program.qubits), _Eigenstate("Z", 1))
    operations = tuple(left for op in program.operations for left in _simplify(op, states))
    return replace(program, operations=operations)


def _simplify(op: Operation, states: dict[int, _Eigenstate]) -> Iterator[Operation]:
    """Yield what is left of a gate, and keep the known states up to date."""
    left = _two_qubit(op, states) if len(op.qubits) == 2 else (op,)
    if len(left) == 1 and _is_number(left[0], states):
        return
    for each in left:
        _update(states, each, fixed=op.angle is None)
        yield each


def _is_number(op: Operation, states: Mapping[int, _Eigenstate]) -> bool:
    state = states.get(op.qubits[0])
    return len(op.qubits) == 1 and state is not None and state.pauli == op.kind.axes


def _two_qubit(op: Operation, states: Mapping[int, _Eigenstate]) -> tuple[Operation, ...]:
    """Return a two-qubit gate, or what is left of it on one qubit."""
    known = [states.get(qubit) for qubit in op.qubits]
    if op.gate == "swap":
        return () if known[0] is not None and known[0] == known[1] else (op,)
    for side, state in enumerate(known):
        if state is not None and state.pauli == op.kind.axes[side]:
            return _act_on_other(op, op.qubits[side], state.sign)
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
    return tuple(_turn(letter, angle, other) for letter, angle in turns if angle != 0)


def _turn(letter: str, angle: sympy.Expr, qubit: int) -> Operation:
    """Return a rotation, or the Pauli gate that it is."""
    if angle == sympy.pi and letter.lower() in GATES:
        return Operation(letter.lower(), (qubit,))
    return Operation(f"r{letter.lower()}", (qubit,), angle)


def _update(states: dict[int, _Eigenstate], op: Operation, *, fixed: bool) -> None:
    """Keep the known states up to date; after a rotation by a weight or constant none is known."""
    before = {qubit: states.pop(qubit, None) for qubit in op.qubits}
    if op.gate == "swap":
        after = dict(zip(before, reversed(before.values()), strict=True))
    elif len(op.qubits) == 1 and fixed:
        after = {qubit: _turn_state(op, state) for qubit, state in before.items()}
    else:
        return
    states.update((qubit, state) for qubit, state in after.items() if state is not None)


def _turn_state(op: Operation, state: _Eigenstate | None) -> _Eigenstate | None:
    """Return the eigenstate after a gate on its qubit, if the gate is a Clifford gate."""
    if state is None:
        return None
    before = tableau.make_tableau([PauliString(((op.qubits[0], state.pauli),), state.sign)])
    after = apply_clifford(before, op)
    if after is None:
        return None
    (string,) = tableau.list_strings(after)
    return _Eigenstate(string.paulis[0][1], string.sign)
