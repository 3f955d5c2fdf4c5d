"""PennyLane: default.qubit with parameter broadcasting, backpropagation, compiled by JAX."""

from __future__ import annotations

import importlib
from typing import Any

from jax import numpy as jnp

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders import Step
from benchmarks.layer_speed.contenders.peer import encode_amplitudes, make_step

qml = importlib.import_module("pennylane")


def train(case: Case, tokens: int) -> Step:
    """Make a step on default.qubit."""

    @qml.qnode(qml.device("default.qubit", wires=case.qubits), diff_method="backprop")
    def circuit(x: Any, angles: Any) -> Any:
        if case.encoder == "amplitude":
            qml.StatePrep(encode_amplitudes(case, x), wires=range(case.qubits), validate_norm=False)
        else:
            qml.AngleEmbedding(x, wires=range(case.features), rotation="Y")
        for layer in range(case.layers):
            for qubit in range(case.qubits):
                qml.RY(angles[layer, qubit], wires=qubit)
            for qubit in range(case.qubits):
                qml.CNOT(wires=[qubit, (qubit + 1) % case.qubits])
        return [qml.expval(qml.PauliZ(qubit)) for qubit in range(case.qubits)]

    return make_step(case, tokens, lambda x, a: jnp.stack(circuit(x[:, 0], a[0])))
