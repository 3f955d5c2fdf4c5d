"""TensorCircuit-NG: one circuit, vmapped over tokens and heads, compiled by JAX."""

from __future__ import annotations

from typing import Any

import jax
import tensorcircuit as tc
from jax import numpy as jnp

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders import Step
from benchmarks.layer_speed.contenders.peer import encode_amplitudes, make_step

tc.set_backend("jax")


def train(case: Case, tokens: int) -> Step:
    """Make a step on TensorCircuit-NG."""

    def outputs(x: Any, angles: Any) -> Any:
        circuit = _start(case, x)
        for layer in range(case.layers):
            for qubit in range(case.qubits):
                circuit.ry(qubit, theta=angles[layer, qubit])
            for qubit in range(case.qubits):
                circuit.cnot(qubit, (qubit + 1) % case.qubits)
        values = [circuit.expectation_ps(z=[qubit]) for qubit in range(case.qubits)]
        return jnp.real(jnp.stack(values))

    heads = jax.vmap(outputs)
    return make_step(case, tokens, jax.vmap(heads, (0, None)))


def _start(case: Case, x: Any) -> tc.Circuit:
    if case.encoder == "amplitude":
        return tc.Circuit(case.qubits, inputs=encode_amplitudes(case, x))
    circuit = tc.Circuit(case.qubits)
    for qubit in range(case.features):
        circuit.ry(qubit, theta=x[qubit])
    return circuit
