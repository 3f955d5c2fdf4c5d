"""Expectation values by exact simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import sympy
from numpy.typing import NDArray

from qslc.ir.matrices import Matrix, unitary
from qslc.ir.program import PauliString, Program

State = NDArray[np.complex128]
"""Amplitudes, one axis of length 2 per qubit."""


def state_vector_deviation(
    logical: Program,
    physical: Program,
    places: Sequence[int],
    points: int,
    rng: np.random.Generator,
) -> float:
    """The largest difference between expectations at some random points.

    Args:
        logical, physical: with the same number of observables.
        places: where the qubits of the one start in the other, whose other qubits are |0>.
        points: how many; each an angle for every symbol and, for programs that take any input
            state, a real input vector.
        rng: of the points.
    """
    symbols = _symbols(logical, physical)
    largest = 0.0
    for _ in range(points):
        angles = rng.uniform(-2 * np.pi, 2 * np.pi, len(symbols))
        values = {s: sympy.Float(angle) for s, angle in zip(symbols, angles, strict=True)}
        state = _input(logical, rng)
        expected = expectations(logical, values, state)
        got = expectations(physical, values, _embedded(state, places, physical.qubits))
        largest = max(largest, float(np.abs(got - expected).max(initial=0)))
    return largest


def _symbols(*programs: Program) -> list[sympy.Symbol]:
    angles = [op.angle for program in programs for op in program.operations if op.angle is not None]
    return sorted({symbol for angle in angles for symbol in angle.free_symbols}, key=str)


def _input(program: Program, rng: np.random.Generator) -> State:
    state = np.zeros((2,) * program.qubits, dtype=np.complex128)
    if program.start == "any":
        state[...] = rng.normal(size=state.shape)
        return state / np.linalg.norm(state)
    state[(0,) * program.qubits] = 1
    return state


def _embedded(state: State, places: Sequence[int], qubits: int) -> State:
    """The state with its qubit i at ``places[i]`` of more qubits, the others in |0>."""
    rest = [qubit for qubit in range(qubits) if qubit not in places]
    full = np.zeros((2,) * qubits, dtype=np.complex128)
    np.moveaxis(full, [*places, *rest], range(qubits))[(...,) + (0,) * len(rest)] = state
    return full


def expectations(
    program: Program, values: Mapping[sympy.Symbol, sympy.Expr], state: State
) -> NDArray[np.float64]:
    """Of every observable, at given values of all symbols, from an initial state. Shape (M,)."""
    for op in program.operations:
        angle = None if op.angle is None else float(op.angle.xreplace(values))
        state = _applied(unitary(op.gate, angle), op.qubits, state)
    return _measured(program.observables, state)


def _applied(matrix: Matrix, qubits: Sequence[int], state: State) -> State:
    out = np.zeros_like(state)
    for row, column in np.argwhere(matrix).tolist():
        source = state[_slot(column, qubits, state.ndim)]
        out[_slot(row, qubits, state.ndim)] += matrix[row, column] * source
    return out


def _slot(bits: int, qubits: Sequence[int], size: int) -> tuple[int | slice, ...]:
    """Index of the amplitudes in which some qubits hold the bits of a number, the first the top."""
    index: list[int | slice] = [slice(None)] * size
    for place, qubit in enumerate(reversed(qubits)):
        index[qubit] = bits >> place & 1
    return tuple(index)


def _measured(observables: Sequence[PauliString], state: State) -> NDArray[np.float64]:
    """The expectation of every observable, a product i^k X^x Z^z with bits x and z.

    Those with the same x are read off one Walsh-Hadamard transform of the overlaps of amplitudes.
    """
    transforms: dict[tuple[int, ...], State] = {}
    values = np.zeros(len(observables))
    for k, observable in enumerate(observables):
        flipped = tuple(qubit for qubit, pauli in observable.paulis if pauli != "Z")
        if flipped not in transforms:
            transforms[flipped] = _transformed(np.flip(state, flipped).conj() * state)
        signs = {qubit for qubit, pauli in observable.paulis if pauli != "X"}
        overlap = transforms[flipped][tuple(int(q in signs) for q in range(state.ndim))]
        turns = sum(pauli == "Y" for _, pauli in observable.paulis)
        values[k] = observable.sign * (1j**turns * overlap).real
    return values


def _transformed(values: State) -> State:
    """Sums over all indices b with the signs (-1)^(b.z), for every z."""
    for axis in range(values.ndim):
        zero, one = np.take(values, 0, axis), np.take(values, 1, axis)
        values = np.stack([zero + one, zero - one], axis)
    return values
