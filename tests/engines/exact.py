"""The expectations of an artifact's logical circuit, by Cirq in complex128; and chi-squared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cirq
import numpy as np
from numpy.typing import NDArray
from qslc_runtime.artifact import Artifact
from scipy.stats import chi2

Array = NDArray[np.float64]


def expectations(artifact: Artifact, inputs: Array, theta: Array) -> Array:
    """Return the expectations: (tokens, features), (P,) -> (tokens, observables)."""
    return np.array([_token(artifact, x, theta) for x in inputs])


def gradient(function: Callable[[Array], float], at: Array, step: float = 1e-5) -> Array:
    """Differentiate by central differences, one component after the other."""
    slopes = np.zeros(at.size)
    for i in range(at.size):
        shift = np.zeros(at.size)
        shift[i] = step
        shift = shift.reshape(at.shape)
        slopes[i] = (function(at + shift) - function(at - shift)) / (2 * step)
    return slopes.reshape(at.shape)


def compute_p_value(values: Any, expected: Any, shots: int) -> float:
    """Return the probability of deviations as large, over tokens, one observable each."""
    variances = (1 - expected.astype(np.float64) ** 2) / shots
    # One observable of each token: those of one setting are correlated.
    tokens = np.arange(len(values))
    columns = tokens % values.shape[1]
    squares = ((values - expected) ** 2 / variances)[tokens, columns]
    return float(chi2.sf(squares.sum(), len(tokens)))


def _token(artifact: Artifact, x: Array, theta: Array) -> Array:
    values = dict(zip(artifact.weights, theta.tolist(), strict=True))
    values |= dict(zip(artifact.inputs, x.tolist(), strict=False))
    qubits = cirq.LineQubit.range(artifact.qubits)
    circuit = cirq.resolve_parameters(artifact.logical_circuit, values)
    simulated = cirq.Simulator(dtype=np.complex128).simulate(
        circuit, qubit_order=qubits, initial_state=_encoded(artifact, x)
    )
    state, index = simulated.final_state_vector, {q: i for i, q in enumerate(qubits)}
    strings = [cirq.PauliString({qubits[i]: p for i, p in o.paulis}) for o in artifact.observables]
    return np.array([s.expectation_from_state_vector(state, index).real for s in strings])


def _encoded(artifact: Artifact, x: Array) -> NDArray[np.complex128] | int:
    if not artifact.taken.amplitudes:
        return 0
    state = np.zeros(2**artifact.qubits, complex)
    state[: x.size] = x
    if artifact.taken.bias:
        state[x.size] = 1
    return state / np.linalg.norm(state)
