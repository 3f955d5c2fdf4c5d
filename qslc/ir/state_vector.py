"""State vectors: gates on them and expectations of Pauli strings, for one state or many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.ir.matrices import Matrix
from qslc.ir.program import PauliString

State: TypeAlias = NDArray[Any]
"""Amplitudes, float64 or complex128: an axis of length 2 per qubit, then any others."""

Entries: TypeAlias = Mapping[tuple[int, int], Any]
"""The entries of a matrix that are not 0, by row and column: numbers, or arrays that broadcast
over the axes of a state behind its qubits."""


def list_entries(matrix: Matrix) -> Entries:
    """Return the entries of a matrix, real ones as floats, so that a real state stays real."""
    found = {(row, column): matrix[row, column] for row, column in np.argwhere(matrix).tolist()}
    real = all(value.imag == 0 for value in found.values())
    return {at: float(value.real) if real else complex(value) for at, value in found.items()}


def apply_matrix(matrix: Entries, qubits: Sequence[int], state: State) -> State:
    """Apply a matrix to some qubits of a state, the first the top bit of its index."""
    out = np.zeros(state.shape, np.result_type(state, *matrix.values()))
    for (row, column), value in matrix.items():
        out[_index_slot(row, qubits)] += value * state[_index_slot(column, qubits)]
    return out


def _index_slot(bits: int, qubits: Sequence[int]) -> tuple[int | slice, ...]:
    """Return the index of the amplitudes in which qubits hold some bits, the first the top."""
    index: list[int | slice] = [slice(None)] * (max(qubits) + 1)
    for place, qubit in enumerate(reversed(qubits)):
        index[qubit] = bits >> place & 1
    return tuple(index)


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
