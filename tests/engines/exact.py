"""The expectations of an artefact's logical circuit, by Cirq in complex128."""

from __future__ import annotations

from collections.abc import Callable

import cirq
import numpy as np
from numpy.typing import NDArray
from qslc_runtime.artefact import Artefact

Array = NDArray[np.float64]


def expectations(artefact: Artefact, inputs: Array, theta: Array) -> Array:
    """(tokens, features), (P,) -> (tokens, observables)"""
    return np.array([_token(artefact, x, theta) for x in inputs])


def gradient(function: Callable[[Array], float], at: Array, step: float = 1e-5) -> Array:
    """By central differences, one component after the other."""
    slopes = np.zeros(at.size)
    for i in range(at.size):
        shift = np.zeros(at.size)
        shift[i] = step
        shift = shift.reshape(at.shape)
        slopes[i] = (function(at + shift) - function(at - shift)) / (2 * step)
    return slopes.reshape(at.shape)


def _token(artefact: Artefact, x: Array, theta: Array) -> Array:
    values = dict(zip(artefact.weights, theta.tolist(), strict=True))
    values |= dict(zip(artefact.inputs, x.tolist(), strict=False))
    qubits = cirq.LineQubit.range(artefact.qubits)
    circuit = cirq.resolve_parameters(artefact.logical_circuit, values)
    simulated = cirq.Simulator(dtype=np.complex128).simulate(
        circuit, qubit_order=qubits, initial_state=_encoded(artefact, x)
    )
    state, index = simulated.final_state_vector, {q: i for i, q in enumerate(qubits)}
    strings = [cirq.PauliString({qubits[i]: p for i, p in o.paulis}) for o in artefact.observables]
    return np.array([s.expectation_from_state_vector(state, index).real for s in strings])


def _encoded(artefact: Artefact, x: Array) -> NDArray[np.complex128] | int:
    if artefact.encoder["kind"] != "amplitude":
        return 0
    state = np.zeros(2**artefact.qubits, complex)
    state[: x.size] = x
    if artefact.encoder["pad"] == "bias":
        state[x.size] = 1
    return state / np.linalg.norm(state)
