"""Compute the final states of a generated layer's circuit, in float64, as one linear map.

An amplitude encoder starts from a vector, and the map is the circuit's matrix. Where features are
angles, the final state is linear in the products of cos(x_i / 2) and sin(x_i / 2), each feature in
every product once: exp(-i x P / 2) = cos(x / 2) + sin(x / 2) (-i P). Setting each x_i to 0 or pi
picks one product, and gives one column of the map.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.circuit import steps
from qslc_runtime.circuit.gates import States, apply_matrix


def is_linear(circuit: Sequence[steps.Step], weights: int) -> bool:
    """Return whether each feature is the angle of one rotation at most, by itself: +x or -x."""
    uses: Counter[int] = Counter()
    for angle, factor in _list_angles(circuit):
        for symbols, coefficient in angle.terms.items():
            features = [symbol for symbol in symbols if symbol >= weights]
            if features and (len(symbols) > 1 or abs(factor * coefficient) != 1):
                return False
            uses.update(features)
    return max(uses.values(), default=0) <= 1


def compute_final_states(
    circuit: Sequence[steps.Step], theta: NDArray[np.float64], qubits: int, features: int
) -> States:
    """Compute the map to final states: (2**qubits, columns).

    Args:
        circuit: Steps of the circuit.
        theta: Weights (P,) in radians.
        qubits: Number of qubits.
        features: Number of features that are encoded.

    Returns:
        Columns by entry of the vector that is encoded, or by product of cosines (0) and sines (1)
        with feature 0 the most significant bit.
    """
    if isinstance(circuit[0], steps.Amplitudes):
        states: States = np.eye(2**qubits, features + circuit[0].bias)
        values: list[Any] = [*theta]
    else:
        bits = np.arange(2**features) >> np.arange(features)[::-1, None] & 1
        states = np.eye(2**qubits, 1) * np.ones(2**features)
        states = _turn_unused(states, bits, circuit, len(theta))
        values = [*theta, *(math.pi * bits)]
    for step in circuit:
        states = _apply_step(states, step, values)
    return states


def _turn_unused(
    states: States, bits: NDArray[np.int_], circuit: Sequence[steps.Step], weights: int
) -> States:
    """Let each feature that no gate uses turn the phase of the whole state, as RZ on |0> does."""
    used = {symbol for angle, _ in _list_angles(circuit) for term in angle.terms for symbol in term}
    unused = [i for i in range(len(bits)) if weights + i not in used]
    return states * (-1j) ** bits[unused].sum(axis=0) if unused else states


def _apply_step(states: States, step: steps.Step, values: Sequence[Any]) -> States:
    match step:
        case steps.Product(gates):
            for row in gates:
                states = _apply_step(states, row, values)
        case steps.Gates():
            for qubit, matrix in step.evaluate(values):
                states = apply_matrix(matrix, states, qubit)
        case steps.Permutation(permutation):
            states = states[permutation.table]
        case steps.Parity(parity):
            states = states * parity.table
        case steps.Phase(angles, strings, factor):
            rows = strings.dense.astype(np.float64)[:, :, None]
            turns = (factor / 2 * steps.to_polynomial(angle).evaluate(values) for angle in angles)
            states = states * np.exp(-1j * sum(map(np.multiply, turns, rows)))
        case steps.Amplitudes() | steps.Measure():
            pass
        case unknown:
            raise TypeError(f"folding does not know the step {unknown!r}")
    return states


def _list_angles(circuit: Sequence[steps.Step]) -> Iterator[tuple[steps.Polynomial, float]]:
    """Yield every angle of every rotation, and its factor."""
    for step in circuit:
        match step:
            case steps.Product(gates):
                yield from _list_angles(gates)
            case steps.Gates():
                yield from ((steps.to_polynomial(angle), 1.0) for angle in step.angles)
            case steps.Phase():
                yield from ((steps.to_polynomial(angle), step.factor) for angle in step.angles)
            case steps.Amplitudes() | steps.Permutation() | steps.Parity() | steps.Measure():
                pass
            case unknown:
                raise TypeError(f"folding does not know the step {unknown!r}")
