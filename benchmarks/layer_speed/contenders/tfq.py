"""TensorFlow Quantum: its own operation with the adjoint differentiator, one call a step."""

from __future__ import annotations

import cirq
import numpy as np
import sympy
import tensorflow as tf
import tensorflow_quantum as quantum

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders import Step


def train(case: Case, tokens: int) -> Step:
    """Make a step on TensorFlow Quantum."""
    circuit, names = _make_circuit(case)
    qubits = cirq.LineQubit.range(case.qubits)
    circuits = tf.repeat(quantum.convert_to_tensor([circuit]), tokens)
    observables = tf.repeat(
        quantum.convert_to_tensor([[cirq.Z(q) for q in qubits]]), tokens, axis=0
    )
    expectation = quantum.differentiators.Adjoint().generate_differentiable_op(
        analytic_op=quantum.get_expectation_op()
    )
    symbols = tf.constant(names)
    generator = np.random.default_rng(0)
    x = tf.constant(generator.normal(size=(tokens, case.features)), tf.float32)
    theta = tf.constant(generator.normal(size=(1, case.layers * case.qubits)), tf.float32)

    @tf.function
    def gradients(x: tf.Tensor, theta: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch([x, theta])
            values = tf.concat([x, tf.repeat(theta, tokens, axis=0)], axis=1)
            loss = tf.reduce_sum(expectation(circuits, symbols, values, observables) ** 2)
        return tape.gradient(loss, [x, theta])

    return lambda: gradients(x, theta)[1].numpy()


def _make_circuit(case: Case) -> tuple[cirq.Circuit, list[str]]:
    qubits = cirq.LineQubit.range(case.qubits)
    inputs = sympy.symbols(f"x0:{case.features}")
    angles = sympy.symbols(f"theta0:{case.layers * case.qubits}")
    circuit = cirq.Circuit(cirq.ry(x)(q) for x, q in zip(inputs, qubits, strict=False))
    for layer in range(case.layers):
        own = angles[layer * case.qubits :]
        circuit += [cirq.ry(angle)(q) for angle, q in zip(own, qubits, strict=False)]
        circuit += [cirq.CNOT(q, qubits[(i + 1) % case.qubits]) for i, q in enumerate(qubits)]
    return circuit, [str(symbol) for symbol in (*inputs, *angles)]
