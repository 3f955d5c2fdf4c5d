"""The unitary matrices of the gates."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.ir.gates import GATES

Matrix: TypeAlias = NDArray[np.complex128]


def _constant(rows: object) -> Matrix:
    matrix = np.array(rows, dtype=np.complex128)
    matrix.setflags(write=False)
    return matrix


PAULIS: Mapping[str, Matrix] = MappingProxyType(
    {
        "I": _constant([[1, 0], [0, 1]]),
        "X": _constant([[0, 1], [1, 0]]),
        "Y": _constant([[0, -1j], [1j, 0]]),
        "Z": _constant([[1, 0], [0, -1]]),
    }
)

_FIXED: Mapping[str, Matrix] = MappingProxyType(
    {
        "h": _constant((PAULIS["X"] + PAULIS["Z"]) / np.sqrt(2)),
        "x": PAULIS["X"],
        "z": PAULIS["Z"],
        "s": _constant(np.diag([1, 1j])),
        "t": _constant(np.diag([1, np.exp(0.25j * np.pi)])),
        "swap": _constant(np.eye(4)[[0, 2, 1, 3]]),
    }
)


@lru_cache(maxsize=4096)
def unitary(gate: str, angle: float | None = None) -> Matrix:
    """The matrix of a gate.

    Args:
        gate: as in ``GATES``.
        angle: radians; of a rotation, and of no other gate.

    Returns:
        (2**k, 2**k) for k qubits, read-only. The gate's first qubit, the control if it has one,
        is the most significant bit of the index.
    """
    if gate in _FIXED:
        return _FIXED[gate]
    kind = GATES[gate]
    if kind.controlled:
        target = PAULIS[kind.axes[1]] if angle is None else _rotation(kind.axes[1], angle)
        return _constant(np.block([[np.eye(2), np.zeros((2, 2))], [np.zeros((2, 2)), target]]))
    if angle is None:
        raise ValueError(f"{gate} needs an angle")
    return _rotation(kind.axes, angle)


def _rotation(axes: str, angle: float) -> Matrix:
    """exp(-i angle P / 2) of the product P of one Pauli per qubit."""
    generator = PAULIS[axes[0]]
    for axis in axes[1:]:
        generator = np.kron(generator, PAULIS[axis])
    return _constant(
        np.cos(angle / 2) * np.eye(len(generator)) - 1j * np.sin(angle / 2) * generator
    )
