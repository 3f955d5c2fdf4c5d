"""The final states of a generated layer's circuit, in float64, as one linear map.

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

from qslc_runtime.compiled.polynomial import Polynomial, Symbols, polynomial
from qslc_runtime.compiled.steps import (
    Amplitudes,
    Gates,
    Measure,
    Parity,
    Permutation,
    Phase,
    Product,
    Step,
)
from qslc_runtime.gates import States, apply_matrix, make_matrix


def steps_of(layer: Any) -> tuple[Step, ...]:
    """The steps of a generated class that has ``circuit``; symbols are weights, then features."""
    weights = len(layer.WEIGHTS)
    steps: tuple[Step, ...] = layer.circuit(Symbols(weights), Symbols(layer.FEATURES, weights))
    return steps


def is_linear(steps: Sequence[Step], weights: int) -> bool:
    """Whether each feature turns one rotation at most, and by itself: +x or -x."""
    uses: Counter[int] = Counter()
    for angle, factor in _angles(steps):
        for symbols, coefficient in polynomial(angle).terms.items():
            features = [symbol for symbol in symbols if symbol >= weights]
            if features and (len(symbols) > 1 or abs(factor * coefficient) != 1):
                return False
            uses.update(features)
    return max(uses.values(), default=0) <= 1


def final_states(
    steps: Sequence[Step], theta: NDArray[np.float64], qubits: int, features: int
) -> States:
    """The map to final states: (2**qubits, columns).

    Args:
        steps: of the circuit.
        theta: (P,) the weights in radians.
        qubits: of the circuit.
        features: that are encoded.

    Returns:
        Columns by entry of the vector that is encoded, or by product of cosines (0) and sines (1)
        with feature 0 the most significant bit.
    """
    if isinstance(steps[0], Amplitudes):
        states: States = np.eye(2**qubits, features + steps[0].bias)
        values: list[Any] = [*theta]
    else:
        bits = np.arange(2**features) >> np.arange(features)[::-1, None] & 1
        states = np.eye(2**qubits, 1) * np.ones(2**features)
        states = _with_unused(states, bits, steps, len(theta))
        values = [*theta, *(math.pi * bits)]
    for step in steps:
        states = _behind(states, step, values)
    return states


def _with_unused(
    states: States, bits: NDArray[np.int_], steps: Sequence[Step], weights: int
) -> States:
    """A feature that no gate uses turns a phase of the whole state, as RZ on |0> does."""
    used = {s for angle, _ in _angles(steps) for term in polynomial(angle).terms for s in term}
    unused = [i for i in range(len(bits)) if weights + i not in used]
    return states * (-1j) ** bits[unused].sum(axis=0) if unused else states


def _behind(states: States, step: Step, values: Sequence[Any]) -> States:
    match step:
        case Product(gates):
            for row in gates:
                states = _behind(states, row, values)
        case Gates(name, qubits, angles):
            for i, qubit in enumerate(qubits):
                angle = value(angles[i], values) if angles else 0.0
                states = apply_matrix(make_matrix(name, angle), states, qubit)
        case Permutation(table):
            states = states[table]
        case Parity(table):
            states = states * table
        case Phase(angles, strings, factor):
            turns = (value(angle, values) for angle in angles)
            rows = strings.dense.astype(np.float64)[:, :, None]
            phase = sum(factor / 2 * turn * row for turn, row in zip(turns, rows, strict=True))
            states = states * np.exp(-1j * phase)
    return states


def value(angle: Polynomial | float, values: Sequence[Any] | NDArray[np.float64]) -> Any:
    """The angle in radians: a number, or one for each column."""
    terms = polynomial(angle).terms.items()
    return sum(
        factor * math.prod(values[symbol] for symbol in symbols) for symbols, factor in terms
    )


def _angles(steps: Sequence[Step]) -> Iterator[tuple[Polynomial | float, float]]:
    """Every angle of every rotation, and its factor."""
    for step in steps:
        match step:
            case Product(gates):
                yield from _angles(gates)
            case Gates():
                yield from ((angle, 1.0) for angle in step.angles)
            case Phase():
                yield from ((angle, step.factor) for angle in step.angles)


def measures(steps: Sequence[Step]) -> list[Measure]:
    """The measurements at the end."""
    return [step for step in steps if isinstance(step, Measure)]
