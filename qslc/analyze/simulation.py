"""Simulate a program at many points at once: states, expectations and exact gradients."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import sympy
from numpy.typing import NDArray

from qslc.ir.angles import evaluate
from qslc.ir.gates import compute_unitary
from qslc.ir.matrices import PAULIS, Entries, State, apply_matrix, list_entries, measure
from qslc.ir.program import Operation, PauliString, Program

Array = NDArray[np.float64]

_PAULI_ENTRIES = {letter: list_entries(matrix) for letter, matrix in PAULIS.items()}

CHUNK = 1 << 17
"""Amplitudes that are worked on at once: what fits in a core's cache."""


@dataclass(frozen=True, slots=True)
class Points:
    """The points at which a program is evaluated.

    Args:
        theta: Weights in the program's order, in radians, shape (S, P).
        inputs: Features that are angles, shape (S, features); (S, 0) where there are none.
        start: States before the first gate, shape (2**qubits, S).
    """

    theta: Array
    inputs: Array
    start: Array

    def split(self, copies: int) -> Iterator[Points]:
        """Yield the points in groups, small enough for so many copies of their states."""
        size = max(1, CHUNK // (len(self.start) * copies))
        for first in range(0, len(self.theta), size):
            part = slice(first, first + size)
            yield Points(self.theta[part], self.inputs[part], self.start[:, part])

    def name_values(self, program: Program) -> dict[str, Array]:
        """Return the values (S,) of each weight and each input that is an angle."""
        columns = np.concatenate([self.theta, self.inputs], axis=1).T
        return dict(zip((*program.weights, *program.inputs), columns, strict=True))


@dataclass(frozen=True, slots=True)
class _Gate:
    """A gate at many points: its matrix, the inverse, and (dU/dt) U^dagger of a rotation."""

    qubits: tuple[int, ...]
    forward: Entries
    inverse: Entries
    generator: Entries
    angle: sympy.Expr | None


def compute_states(program: Program, points: Points) -> State:
    """Return the final states, shape (2**qubits, S); real where every gate and start is."""
    return np.concatenate(list(_run(program, points)), axis=-1).reshape(1 << program.qubits, -1)


def compute_expectations(program: Program, points: Points) -> Array:
    """Return the expectation of every observable at every point, shape (S, M)."""
    finals = _run(program, points)
    parts = [measure(program.observables, state, program.qubits) for state in finals]
    return np.concatenate(parts, axis=-1).T


def compute_jacobian(program: Program, points: Points) -> Array:
    """Return the derivative of every observable by every weight, shape (S, M, P).

    The adjoint method (Jones and Gacon 2020, arXiv:2009.02823): exact, one backward pass for all
    weights.
    """
    copies = 3 * (len(program.observables) + 1)
    return np.concatenate([_go_backward(program, part) for part in points.split(copies)])


def compute_tangents(program: Program, points: Points) -> tuple[State, State]:
    """Return the final states (2**qubits, S) and their derivatives by weight (2**qubits, P, S)."""
    parts = [_go_forward(program, part) for part in points.split(3 * (len(program.weights) + 1))]
    size = 1 << program.qubits
    state, tangent = (np.concatenate(part, axis=-1) for part in zip(*parts, strict=True))
    return state.reshape(size, -1), tangent.reshape(size, len(program.weights), -1)


def _run(program: Program, points: Points) -> Iterator[State]:
    """Yield the final states of each group of points, an axis for each qubit and one for points."""
    for part in points.split(4):
        gates = _make_gates(program, part.name_values(program))
        yield _apply(gates, _shape_start(program, part))


def _shape_start(program: Program, points: Points) -> State:
    return points.start.reshape((2,) * program.qubits + (-1,))


def _make_gates(program: Program, values: Mapping[str, Array]) -> list[_Gate]:
    return [_make_gate(op, values) for op in program.operations]


def _make_gate(op: Operation, values: Mapping[str, Array]) -> _Gate:
    if op.angle is None:
        matrix = compute_unitary(op.gate)
        return _Gate(op.qubits, list_entries(matrix), list_entries(matrix.conj().T), {}, None)
    idle, even, odd, generator = _split_rotation(op.gate)
    angle = evaluate(op.angle, values)
    forward, inverse = (_sum_parts(idle, even, odd, each) for each in (angle, -angle))
    return _Gate(op.qubits, forward, inverse, generator, op.angle)


@cache
def _split_rotation(gate: str) -> tuple[Entries, Entries, Entries, Entries]:
    """Return the parts of U(t) = idle + cos(t/2) even + sin(t/2) odd, and (dU/dt) U^dagger."""
    # Three values of t give the three matrices, whose entries are 0 or of modulus 1.
    none, half, full = (compute_unitary(gate, turn * np.pi) for turn in (0, 1, 2))
    idle, even = np.round((none + full) / 2), np.round((none - full) / 2)
    odd = np.round(half - idle)
    first, second, third, fourth = map(list_entries, (idle, even, odd, odd / 2))
    return first, second, third, fourth


def _sum_parts(idle: Entries, even: Entries, odd: Entries, angle: Any) -> Entries:
    cosine, sine = np.cos(angle / 2), np.sin(angle / 2)
    matrix: dict[tuple[int, int], Any] = {}
    for factor, part in ((1.0, idle), (cosine, even), (sine, odd)):
        for at, entry in part.items():
            matrix[at] = matrix.get(at, 0.0) + factor * entry
    return matrix


def _apply(gates: Sequence[_Gate], state: State) -> State:
    for gate in gates:
        state = apply_matrix(gate.forward, gate.qubits, state)
    return state


def _go_backward(program: Program, points: Points) -> Array:
    """Return the Jacobian of few points."""
    values = points.name_values(program)
    index = {name: k for k, name in enumerate(program.weights)}
    gates = _make_gates(program, values)
    state = _apply(gates, _shape_start(program, points))
    duals = np.stack([_apply_string(string, state) for string in program.observables], axis=-2)
    out = np.zeros((len(points.theta), len(program.observables), len(program.weights)))
    for gate in reversed(gates):
        derivatives = _differentiate(gate.angle, index, values)
        if derivatives:
            moved = apply_matrix(gate.generator, gate.qubits, state)
            by_angle = 2 * _overlap(duals, moved)
            for k, derivative in derivatives.items():
                out[:, :, k] += by_angle * np.reshape(derivative, (-1, 1))
        state = apply_matrix(gate.inverse, gate.qubits, state)
        duals = apply_matrix(gate.inverse, gate.qubits, duals)
    return out


def _go_forward(program: Program, points: Points) -> tuple[State, State]:
    """Return final states and their derivatives of few points."""
    values = points.name_values(program)
    index = {name: k for k, name in enumerate(program.weights)}
    state = _shape_start(program, points)
    tangent = np.zeros((*state.shape[:-1], len(index), state.shape[-1]), state.dtype)
    for gate in _make_gates(program, values):
        state = apply_matrix(gate.forward, gate.qubits, state)
        tangent = apply_matrix(gate.forward, gate.qubits, tangent)
        for k, derivative in _differentiate(gate.angle, index, values).items():
            moved = derivative * apply_matrix(gate.generator, gate.qubits, state)
            tangent = tangent.astype(np.result_type(tangent, moved), copy=False)
            tangent[..., k, :] += moved
    return state, tangent


def _differentiate(
    angle: sympy.Expr | None, index: Mapping[str, int], values: Mapping[str, Array]
) -> dict[int, Any]:
    """Differentiate an angle by each weight in it, by the weight's place."""
    if angle is None:
        return {}
    if angle.is_Symbol:
        return {index[angle.name]: 1.0} if angle.name in index else {}
    weights = sorted((s for s in angle.free_symbols if s.name in index), key=str)
    return {index[s.name]: evaluate(angle.diff(s), values) for s in weights}


def _apply_string(string: PauliString, state: State) -> State:
    for qubit, letter in string.paulis:
        state = apply_matrix(_PAULI_ENTRIES[letter], (qubit,), state)
    return string.sign * state


def _overlap(duals: State, state: State) -> Array:
    """Return real parts of the overlaps (S, M) of duals (2, ..., M, S) and states (2, ..., S)."""
    size = state.shape[-1]
    flat, rows = state.reshape(-1, size), duals.reshape(-1, duals.shape[-2], size)
    overlap: Array = np.einsum("ams,as->sm", rows.conj(), flat).real
    return overlap
