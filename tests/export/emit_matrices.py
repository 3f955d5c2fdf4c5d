"""Matrices of the DSL's gates from their definitions, in numpy; qubit 0 is the leading bit."""

from __future__ import annotations

import numpy as np

I2 = np.eye(2)
X = np.array([[0, 1], [1, 0]])
Y = np.array([[0, -1j], [1j, 0]])
Z = np.diag([1, -1])
R = 1 / np.sqrt(2)
FIXED = {
    "h": np.array([[1, 1], [1, -1]]) / np.sqrt(2),
    "x": X,
    "z": Z,
    "s": np.diag([1, 1j]),
    "t": np.diag([1, np.exp(0.25j * np.pi)]),
    "cnot": np.eye(4)[[0, 1, 3, 2]],
    "cz": np.diag([1, 1, 1, -1]),
    "swap": np.eye(4)[[0, 2, 1, 3]],
    "sqrt_iswap": np.array(
        [[1, 0, 0, 0], [0, R, 1j * R, 0], [0, 1j * R, R, 0], [0, 0, 0, 1]],
    ),
    "ecr": R * np.array([[0, 0, 1, 1j], [0, 0, 1j, 1], [1, -1j, 0, 0], [-1j, 1, 0, 0]]),
}
PAULIS = {"x": X, "y": Y, "z": Z}


def gate_matrix(name: str, angle: float | None = None) -> np.ndarray:
    if name in FIXED:
        return FIXED[name]
    pauli = PAULIS[name[-1]]
    if len(name) == 2:
        return rotation(pauli, angle)
    if name.startswith("c"):
        return np.block([[I2, 0 * I2], [0 * I2, rotation(pauli, angle)]])
    return rotation(np.kron(pauli, pauli), angle)


def rotation(pauli: np.ndarray, angle: float) -> np.ndarray:
    return np.cos(angle / 2) * np.eye(len(pauli)) - 1j * np.sin(angle / 2) * pauli
