"""Programs as unitaries and states, by plain numpy and independent of the compiler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np

from qslc.ir.program import Operation, PauliString, Program
from tests.export.emit_matrices import X, Y, Z, gate_matrix

PAULI = {"X": X, "Y": Y, "Z": Z}


def matrix(op: Operation, values: Mapping[str, float]) -> np.ndarray:
    """The unitary of one operation on its own qubits, the first the most significant."""
    return gate_matrix(op.gate, None if op.angle is None else float(op.angle.subs(values)))


def apply(op: Operation, state: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    return apply_matrix(matrix(op, values), op.qubits, state)


def apply_matrix(gate: np.ndarray, qubits: Sequence[int], state: np.ndarray) -> np.ndarray:
    """A gate applied to some of the leading axes (one per qubit, each 2 long) of a state."""
    k = len(qubits)
    moved = np.tensordot(gate.reshape((2,) * (2 * k)), state, axes=(range(k, 2 * k), qubits))
    return np.moveaxis(moved, range(k), qubits)


def run(program: Program, state: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    return reduce(lambda psi, op: apply(op, psi, values), program.operations, state)


def unitary(program: Program, values: Mapping[str, float]) -> np.ndarray:
    """The (2**n, 2**n) unitary of a program at some values of its symbols."""
    return run(program, identity(program.qubits), values).reshape(2**program.qubits, -1)


def identity(qubits: int) -> np.ndarray:
    """All basis states, in columns."""
    return np.eye(2**qubits).reshape((2,) * qubits + (-1,))


def pauli_image(string: PauliString, state: np.ndarray) -> np.ndarray:
    """The string, with its sign, applied to a state with one axis per qubit."""
    for qubit, pauli in string.paulis:
        state = np.moveaxis(np.tensordot(PAULI[pauli], state, axes=(1, qubit)), 0, qubit)
    return string.sign * state


def expectation(observable: PauliString, state: np.ndarray) -> float:
    return float(np.vdot(state, pauli_image(observable, state)).real)


def equal_up_to_phase(a: np.ndarray, b: np.ndarray) -> bool:
    return bool(abs(abs(np.vdot(a, b)) - len(a)) < 1e-9 * len(a))


def random_state(qubits: int, rng: np.random.Generator) -> np.ndarray:
    state = rng.normal(size=2**qubits) + 1j * rng.normal(size=2**qubits)
    return (state / np.linalg.norm(state)).reshape((2,) * qubits)


def placed(state: np.ndarray, places: Sequence[int], qubits: int) -> np.ndarray:
    """A state of logical qubits put on device qubits; the other device qubits are in |0>."""
    whole = np.zeros((2,) * qubits, complex)
    rest = [q for q in range(qubits) if q not in places]
    whole[(0,) * len(rest) + (...,)] = state
    return np.moveaxis(whole, range(qubits), [*rest, *places])
