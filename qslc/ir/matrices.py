"""Matrices of Pauli operators and their rotations, and state vectors on which they act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from qslc.ir.program import PauliString

Matrix: TypeAlias = NDArray[np.complex128]

State: TypeAlias = NDArray[Any]
"""Amplitudes, float64 or complex128: an axis of length 2 per qubit, then any others."""

Entries: TypeAlias = Mapping[tuple[int, int], Any]
"""The entries of a matrix that are not 0, by row and column: numbers, or arrays that broadcast
over the axes of a state behind its qubits."""

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


def make_rotation(letters: str, angle: float) -> Matrix:
    """Return exp(-i angle P / 2), the angle in radians; "-" in P stands for no Pauli operator."""
    paulis = (PAULIS["I" if letter == "-" else letter] for letter in letters)
    generator = reduce(np.kron, paulis)
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


def add_control(matrix: Matrix) -> Matrix:
    """Return a gate on the second qubit where the first is 1, with exact zeros and ones."""
    return freeze(np.kron(np.diag([1, 0]), np.eye(2)) + np.kron(np.diag([0, 1]), matrix))


def drop_rounding(matrix: Matrix) -> Matrix:
    """Return a matrix with zeros for entries that are nothing but rounding errors."""
    return freeze(np.where(abs(matrix) < ROUNDING, 0, matrix))


def list_entries(matrix: Matrix) -> Entries:
    """Return the entries of a matrix, real ones as floats, so that a real state stays real."""
    found = {(row, column): matrix[row, column] for row, column in np.argwhere(matrix).tolist()}
    real = all(value.imag == 0 for value in found.values())
    return {at: float(value.real) if real else complex(value) for at, value in found.items()}


def apply_matrix(matrix: Entries, qubits: Sequence[int], state: State) -> State:
    """Apply a matrix to some qubits of a state, the first the top bit of its index."""
    out = np.empty(state.shape, np.result_type(state, *matrix.values()))
    slots = [_index_slot(bits, qubits) for bits in range(1 << len(qubits))]
    empty = {*range(len(slots))}
    for (row, column), value in matrix.items():
        if row in empty:
            empty.remove(row)
            np.multiply(state[slots[column]], value, out=out[slots[row]])
        else:
            out[slots[row]] += value * state[slots[column]]
    for row in empty:
        out[slots[row]] = 0
    return out


def _index_slot(bits: int, qubits: Sequence[int]) -> tuple[Any, ...]:
    """Return the index of the amplitudes in which qubits hold some bits, the first the top."""
    index: list[int | slice] = [slice(None)] * (max(qubits) + 1)
    for place, qubit in enumerate(reversed(qubits)):
        index[qubit] = bits >> place & 1
    return (*index, ...)


def measure(observables: Sequence[PauliString], state: State, qubits: int) -> NDArray[np.float64]:
    """Compute the expectation of every observable, a product i^k X^x Z^z with bits x and z.

    Those with the same x are read off one Walsh-Hadamard transform of the overlaps of amplitudes.

    Returns:
        (M, ...) with the axes of the state behind its qubits.
    """
    transforms: dict[tuple[int, ...], State] = {}
    values = np.zeros((len(observables), *state.shape[qubits:]))
    for k, observable in enumerate(observables):
        flipped = tuple(qubit for qubit, pauli in observable.paulis if pauli != "Z")
        if flipped not in transforms:
            transforms[flipped] = _transform(np.flip(state, flipped).conj() * state, qubits)
        signs = {qubit for qubit, pauli in observable.paulis if pauli != "X"}
        overlap = transforms[flipped][tuple(int(q in signs) for q in range(qubits))]
        turns = sum(pauli == "Y" for _, pauli in observable.paulis)
        values[k] = observable.sign * (1j**turns * overlap).real
    return values


def _transform(values: State, qubits: int) -> State:
    """Return sums over all indices b with the signs (-1)^(b.z), for every z."""
    for axis in range(qubits):
        zero, one = np.take(values, 0, axis), np.take(values, 1, axis)
        values = np.stack([zero + one, zero - one], axis)
    return values
