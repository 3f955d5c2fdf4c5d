"""Unitaries of the gates that compilers write in OpenQASM, up to a global phase."""

from __future__ import annotations

import cmath
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]

_HALF = math.sqrt(0.5)
_FIXED: dict[str, Matrix] = {
    "id": np.eye(2, dtype=complex),
    "x": np.array([[0, 1], [1, 0]], dtype=complex),
    "y": np.array([[0, -1j], [1j, 0]]),
    "z": np.diag([1, -1]).astype(complex),
    "h": np.array([[_HALF, _HALF], [_HALF, -_HALF]], dtype=complex),
    "s": np.diag([1, 1j]),
    "sdg": np.diag([1, -1j]),
    "t": np.diag([1, cmath.exp(1j * math.pi / 4)]),
    "tdg": np.diag([1, cmath.exp(-1j * math.pi / 4)]),
    "sx": np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2,
    "sxdg": np.array([[1 - 1j, 1 + 1j], [1 + 1j, 1 - 1j]]) / 2,
    "cx": np.eye(4, dtype=complex)[[0, 1, 3, 2]],
    "cz": np.diag([1, 1, 1, -1]).astype(complex),
    "swap": np.eye(4, dtype=complex)[[0, 2, 1, 3]],
}
_HALF_PI = math.pi / 2


def make_matrix(name: str, angles: Sequence[float]) -> Matrix:
    """Return the unitary of a gate by its name in ``qelib1.inc`` or ``stdgates.inc``.

    Args:
        name: Name in lower case.
        angles: Angles in radians.

    Raises:
        ValueError: The gate is unknown.
    """
    if name in _FIXED:
        return _FIXED[name]
    match name, angles:
        case "u" | "u3", [theta, phi, lam]:
            return _make_euler(theta, phi, lam)
        case "u2", [phi, lam]:
            return _make_euler(_HALF_PI, phi, lam)
        case "rz" | "p" | "u1", [lam]:
            return _make_euler(0, 0, lam)
        case "ry", [theta]:
            return _make_euler(theta, 0, 0)
        case "rx", [theta]:
            return _make_euler(theta, -_HALF_PI, _HALF_PI)
    raise ValueError(f"no matrix for {name} with {len(angles)} angles")


def _make_euler(theta: float, phi: float, lam: float) -> Matrix:
    cos, sin = math.cos(theta / 2), math.sin(theta / 2)
    return np.array(
        [
            [cos, -cmath.exp(1j * lam) * sin],
            [cmath.exp(1j * phi) * sin, cmath.exp(1j * (phi + lam)) * cos],
        ]
    )
