"""Angles by formula prepare every vector exactly."""

from __future__ import annotations

import cirq
import numpy as np
import pytest
from qslc_runtime.preparation import (
    Entangler,
    Rotation,
    compute_multiplexed_angles,
    encode_vectors,
    list_multiplexed_steps,
)
from qslc_runtime.preparation.encoding import Padding, count_capacity


def run(angles: np.ndarray, qubits: int) -> np.ndarray:
    line = cirq.LineQubit.range(qubits)
    circuit = cirq.Circuit()
    for step in list_multiplexed_steps(qubits):
        match step:
            case Rotation(qubit, angle):
                circuit.append(cirq.ry(angles[angle]).on(line[qubit]))
            case Entangler(first, second):
                circuit.append(cirq.CZ(line[first], line[second]))
    return np.asarray(circuit.final_state_vector(qubit_order=line, dtype=np.complex128))


@pytest.mark.parametrize("padding", ["zero", "bias", "reference"])
@pytest.mark.parametrize("qubits", [1, 2, 3, 5])
def test_every_vector_is_exact(rng: np.random.Generator, qubits: int, padding: Padding) -> None:
    width = count_capacity(qubits, padding)
    for features in {1, (width + 1) // 2, width}:
        vectors = rng.normal(size=(3, features))
        angles = compute_multiplexed_angles(vectors, qubits, padding)
        for row, state in zip(angles, encode_vectors(vectors, qubits, padding), strict=True):
            np.testing.assert_allclose(run(row, qubits), state, atol=1e-14)


def test_sparse_vectors_are_exact() -> None:
    vectors = np.concatenate([np.eye(8), -np.eye(8), np.diag(np.ones(7), 1)[:7] - np.eye(8)[:7]])
    angles = compute_multiplexed_angles(vectors, 3)
    for row, state in zip(angles, encode_vectors(vectors, 3), strict=True):
        np.testing.assert_allclose(run(row, 3), state, atol=1e-15)


@pytest.mark.parametrize("qubits", range(1, 9))
def test_counts(qubits: int) -> None:
    steps = list(list_multiplexed_steps(qubits))
    angles = [step.angle for step in steps if isinstance(step, Rotation)]
    assert angles == list(range(2**qubits - 1))
    assert len(steps) - len(angles) == 2**qubits - qubits - 1


def test_no_tokens() -> None:
    assert compute_multiplexed_angles(np.zeros((0, 5)), 3).shape == (0, 7)


def test_a_token_is_the_same_in_every_batch(rng: np.random.Generator) -> None:
    vectors = rng.normal(size=(50, 60))
    together = compute_multiplexed_angles(vectors, 6)
    alone = [compute_multiplexed_angles(row[None], 6) for row in vectors]
    np.testing.assert_array_equal(together, np.concatenate(alone))
