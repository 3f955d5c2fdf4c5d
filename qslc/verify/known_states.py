"""Reduce programs by the gates that act as a number on a known state, from matrices alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.ir.gate import GENERIC_ANGLE
from qslc.ir.gates import compute_unitary
from qslc.ir.matrices import PAULIS, Matrix
from qslc.ir.program import Operation, Program

_EPSILON = 1e-9

Ket = NDArray[np.complex128]


@dataclass(frozen=True, slots=True)
class Action:
    """An operation, or what is left of a two-qubit one when a qubit stays in a known state.

    Args:
        operation: Operation of the program.
        known: Which of its two qubits (0 or 1) is known, and its state; None to act on all.
    """

    operation: Operation
    known: tuple[int, Ket] | None = None

    @property
    def qubits(self) -> tuple[int, ...]:
        qubits = self.operation.qubits
        return qubits if self.known is None else (qubits[1 - self.known[0]],)

    def matrix(self, angle: float | None) -> Matrix:
        """Return the matrix on ``qubits``, the first the most significant."""
        full = compute_unitary(self.operation.gate, angle)
        if self.known is None:
            return full
        side, ket = self.known
        tensor = full.reshape(2, 2, 2, 2)
        form = "a,abcd,c->bd" if side == 0 else "b,abcd,d->ac"
        left: Matrix = np.einsum(form, ket.conj(), tensor, ket)
        return left


def reduce_actions(program: Program) -> tuple[Action, ...]:
    """Return the operations on |0...0>, reduced where a qubit is left in a Pauli eigenstate.

    A qubit stays known until a rotation moves it or a gate entangles it. Everything is computed
    from the matrices.
    """
    kets: dict[int, Ket] = {
        qubit: np.array([1, 0], dtype=np.complex128) for qubit in range(program.qubits)
    }
    return tuple(action for op in program.operations for action in _reduce(op, kets))


def _reduce(op: Operation, kets: dict[int, Ket]) -> Iterator[Action]:
    if op.gate == "swap":
        yield from _exchange(op, kets)
        return
    angle = GENERIC_ANGLE if op.kind.rotation else None
    action = Action(op) if len(op.qubits) == 1 else _reduce_to_one_side(op, kets, angle)
    before = {qubit: kets.pop(qubit) for qubit in action.qubits if qubit in kets}
    matrix = action.matrix(angle)
    if _is_number(matrix):
        kets.update(before)
        return
    if len(action.qubits) > 1 or not before:
        yield action
        return
    ((qubit, ket),) = before.items()
    if _keeps_state(matrix, ket):
        kets[qubit] = ket
        return
    yield action
    if angle is None and _is_eigenstate(matrix @ ket):
        kets[qubit] = matrix @ ket


def _reduce_to_one_side(op: Operation, kets: dict[int, Ket], angle: float | None) -> Action:
    """Return the action on one qubit if the other stays in its state, whatever the one does."""
    for side, qubit in enumerate(op.qubits):
        if qubit in kets:
            action = Action(op, (side, kets[qubit]))
            matrix = action.matrix(angle)
            if np.allclose(matrix.conj().T @ matrix, np.eye(2), atol=_EPSILON):
                return action
    return Action(op)


def _exchange(op: Operation, kets: dict[int, Ket]) -> Iterator[Action]:
    first, second = (kets.pop(qubit, None) for qubit in op.qubits)
    if first is None or second is None or abs(np.vdot(first, second)) < 1 - _EPSILON:
        yield Action(op)
    exchanged = zip(op.qubits, (second, first), strict=True)
    kets.update((qubit, ket) for qubit, ket in exchanged if ket is not None)


def _is_number(matrix: Matrix) -> bool:
    return bool(np.allclose(matrix, matrix[0, 0] * np.eye(len(matrix)), atol=_EPSILON))


def _keeps_state(matrix: Matrix, ket: Ket) -> bool:
    return bool(abs(np.vdot(ket, matrix @ ket)) > 1 - _EPSILON)


def _is_eigenstate(ket: Ket) -> bool:
    """Return whether a state is an eigenstate of X, Y or Z."""
    return any(abs(np.vdot(ket, PAULIS[pauli] @ ket)) > 1 - _EPSILON for pauli in "XYZ")
