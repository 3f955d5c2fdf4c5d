"""Programs as unitaries and states, by plain numpy and independent of the compiler."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np

from qslc.ir.program import Operation, PauliString, Program

I2 = np.eye(2)
X = np.array([[0, 1], [1, 0]])
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1])
PAULI = {"X": X, "Y": Y, "Z": Z}
FIXED = {
    "h": (X + Z) / np.sqrt(2),
    "x": X,
    "z": Z,
    "s": np.diag([1, 1j]),
    "t": np.diag([1, np.exp(0.25j * np.pi)]),
    "cnot": np.kron(np.diag([1, 0]), I2) + np.kron(np.diag([0, 1]), X),
    "cz": np.diag([1, 1, 1, -1]),
    "swap": np.eye(4)[[0, 2, 1, 3]],
}


def matrix(op: Operation, values: Mapping[str, float]) -> np.ndarray:
    """The unitary of one operation on its own qubits, the first the most significant."""
    if op.angle is None:
        return FIXED[op.gate]
    angle = float(op.angle.subs(values))
    axis = PAULI[op.gate[-1].upper()]
    if op.gate[0] == "c":
        return np.kron(np.diag([1, 0]), I2) + np.kron(np.diag([0, 1]), _rotation(axis, angle))
    return _rotation(axis if len(op.qubits) == 1 else np.kron(axis, axis), angle)


def _rotation(generator: np.ndarray, angle: float) -> np.ndarray:
    return np.cos(angle / 2) * np.eye(len(generator)) - 1j * np.sin(angle / 2) * generator


def apply(op: Operation, state: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    """The operation applied to the leading axes (one per qubit, each 2 long) of a state."""
    k = len(op.qubits)
    gate = matrix(op, values).reshape((2,) * (2 * k))
    moved = np.tensordot(gate, state, axes=(range(k, 2 * k), op.qubits))
    return np.moveaxis(moved, range(k), op.qubits)


def run(program: Program, state: np.ndarray, values: Mapping[str, float]) -> np.ndarray:
    return reduce(lambda psi, op: apply(op, psi, values), program.operations, state)


def unitary(program: Program, values: Mapping[str, float]) -> np.ndarray:
    n = program.qubits
    identity = np.eye(2**n).reshape((2,) * n + (2**n,))
    return run(program, identity, values).reshape(2**n, 2**n)


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
