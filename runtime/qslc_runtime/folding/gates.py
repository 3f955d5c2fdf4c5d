"""Gates on one qubit in float64, for many states at once."""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

States: TypeAlias = NDArray[np.float64] | NDArray[np.complex128]
"""(2**qubits, columns), qubit 0 the most significant bit; real until a gate is complex."""

_ROOT = math.sqrt(0.5)
_CONSTANT = {
    "h": _ROOT * np.array([[1.0, 1.0], [1.0, -1.0]]),
    "x": np.array([[0.0, 1.0], [1.0, 0.0]]),
    "z": np.diag([1.0, -1.0]),
    "s": np.diag([1.0, 1j]),
    "sdg": np.diag([1.0, -1j]),
    "t": np.diag([1.0, _ROOT * (1 + 1j)]),
}


def gate(name: str, angle: Any = 0.0) -> NDArray[Any]:
    """The matrix (2, 2), or (2, 2, columns) where each column has its own angle in radians."""
    if name in _CONSTANT:
        return _CONSTANT[name]
    cos, sin, zero = np.cos(angle / 2), np.sin(angle / 2), 0 * angle
    if name == "rx":
        return np.array([[cos, -1j * sin], [-1j * sin, cos]])
    if name == "ry":
        return np.array([[cos, -sin], [sin, cos]])
    return np.array([[cos - 1j * sin, zero], [zero, cos + 1j * sin]])


def applied(matrix: NDArray[Any], states: States, qubit: int) -> States:
    """The states behind a gate on one qubit."""
    pairs = states.reshape(2**qubit, 2, -1, states.shape[1])
    (a, b), (c, d) = matrix
    zeros, ones = pairs[:, 0], pairs[:, 1]
    turned: States = np.stack([a * zeros + b * ones, c * zeros + d * ones], axis=1)
    return turned.reshape(states.shape)
