"""Matrices of Pauli operators and of their rotations."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from types import MappingProxyType
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Matrix: TypeAlias = NDArray[np.complex128]

ROUNDING = 1e-12
"""Entries that differ by less are equal."""


def freeze(rows: object) -> Matrix:
    """Return a read-only complex matrix."""
    matrix = np.array(rows, dtype=np.complex128)
    matrix.setflags(write=False)
    return matrix


PAULIS: Mapping[str, Matrix] = MappingProxyType(
    {
        "I": freeze([[1, 0], [0, 1]]),
        "X": freeze([[0, 1], [1, 0]]),
        "Y": freeze([[0, -1j], [1j, 0]]),
        "Z": freeze([[1, 0], [0, -1]]),
    }
)


def multiply_paulis(letters: str) -> Matrix:
    """Return the product of one Pauli operator for each qubit, "-" being the identity."""
    return reduce(np.kron, (PAULIS["I" if letter == "-" else letter] for letter in letters))


def rotation_matrix(letters: str, angle: float) -> Matrix:
    """Return exp(-i angle P / 2) for a product P of Pauli operators; the angle is in radians."""
    generator = multiply_paulis(letters)
    return freeze(np.cos(angle / 2) * np.eye(len(generator)) - 1j * np.sin(angle / 2) * generator)


def round_entries(matrix: Matrix) -> Matrix:
    """Return a matrix without the rounding errors of entries whose squares are eighths."""
    parts = []
    for part in (matrix.real, matrix.imag):
        eighths = np.round(8 * part**2)
        # 1 / sqrt(8 / n), and not sqrt(n / 8), is how NumPy rounds 1 / sqrt(2).
        with np.errstate(divide="ignore"):
            exact = np.sign(part) / np.sqrt(8 / eighths)
        parts.append(np.where(abs(exact - part) < ROUNDING, exact, part) + 0.0)
    return freeze(parts[0] + 1j * parts[1])


def control_second(matrix: Matrix) -> Matrix:
    """Return a gate on the second qubit where the first is 1, with exact zeros and ones."""
    return freeze(np.kron(np.diag([1, 0]), np.eye(2)) + np.kron(np.diag([0, 1]), matrix))


def drop_rounding(matrix: Matrix) -> Matrix:
    """Return a matrix with zeros for entries that are nothing but rounding errors."""
    return freeze(np.where(abs(matrix) < ROUNDING, 0, matrix))
