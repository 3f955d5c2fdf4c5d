"""Matrices of gates on one qubit, and what they do to many states at once."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

States: TypeAlias = NDArray[np.float64] | NDArray[np.complex128]
"""(2**qubits, columns), qubit 0 the most significant bit; real until a gate is complex."""

_ROOT = math.sqrt(0.5)
_FIXED: dict[str, NDArray[Any]] = {
    "h": _ROOT * np.array([[1.0, 1.0], [1.0, -1.0]]),
    "x": np.array([[0.0, 1.0], [1.0, 0.0]]),
    "y": np.array([[0.0, -1j], [1j, 0.0]]),
    "z": np.diag([1.0, -1.0]),
    "s": np.diag([1.0, 1j]),
    "sdg": np.diag([1.0, -1j]),
    "t": np.diag([1.0, _ROOT * (1 + 1j)]),
}

TO_Z = {"X": _FIXED["h"], "Y": _ROOT * np.array([[1.0, -1j], [1.0, 1j]])}
"""For X and Y the gate (2, 2) after which Z is measured in their place."""


def make_matrix(name: str, angle: Any = 0.0) -> NDArray[Any]:
    """Return the matrix of a gate.

    Args:
        name: Name of the gate, such as "h" or "rx".
        angle: The angle t of a rotation exp(-i t P / 2) in radians, or one for each column.

    Returns:
        (2, 2), or (2, 2, columns); real where all entries are.

    Raises:
        ValueError: There is no such gate.
    """
    if name in _FIXED:
        return _FIXED[name]
    cos, sin, zero = np.cos(angle / 2), np.sin(angle / 2), 0 * angle
    match name:
        case "rx":
            return np.array([[cos, -1j * sin], [-1j * sin, cos]])
        case "ry":
            return np.array([[cos, -sin], [sin, cos]])
        case "rz":
            return np.array([[cos - 1j * sin, zero], [zero, cos + 1j * sin]])
        case _:
            raise ValueError(f"no matrix of one qubit is known for the gate {name!r}")


def make_generator(name: str) -> NDArray[np.complex128]:
    """Return the derivative -i P / 2 by t of the rotation exp(-i t P / 2) at t = 0: (2, 2)."""
    return -0.5j * _FIXED[name.removeprefix("r")]


def apply_matrix(matrix: NDArray[Any], states: States, qubit: int) -> States:
    """Return the states behind a gate on one qubit."""
    pairs = states.reshape(2**qubit, 2, -1, states.shape[1])
    (a, b), (c, d) = matrix
    zeros, ones = pairs[:, 0], pairs[:, 1]
    turned: States = np.stack([a * zeros + b * ones, c * zeros + d * ones], axis=1)
    return turned.reshape(states.shape)
