"""One circuit per token in TensorFlow Quantum, differentiated by the adjoint method."""

from __future__ import annotations

import cirq
import tensorflow as tf
import tensorflow_quantum as tfq

from qslc_runtime.artifact import Artifact, Observable


class SampleCircuits:
    """The expectations of one circuit at many angles.

    Args:
        artifact: whose observables are measured.
        circuit: on ``cirq.LineQubit``, all of which occur; each angle is a symbol of its own.
        names: of the symbols.
    """

    def __init__(self, artifact: Artifact, circuit: cirq.Circuit, names: tuple[str, ...]) -> None:
        differentiator = tfq.differentiators.Adjoint()
        self._op = differentiator.generate_differentiable_op(analytic_op=tfq.get_expectation_op())
        # A tensor, not a list: with a list the gradient breaks in graph mode.
        self._names = tf.constant(names, tf.string, shape=(len(names),))
        self._circuit = tfq.convert_to_tensor([circuit])
        self._observables = tfq.convert_to_tensor([[*map(_pauli_sum, artifact.observables)]])

    def __call__(self, inputs: tf.Tensor, angles: tf.Tensor) -> tf.Tensor:
        """Inputs (tokens, features) and angles (tokens, A) or (1, A) -> (tokens, observables).

        Only the number of tokens counts: the inputs are in the angles.
        """
        rows, tokens = tf.shape(angles)[0], tf.shape(inputs)[0]
        circuits = tf.repeat(self._circuit, rows)
        observables = tf.repeat(self._observables, rows, axis=0)
        values = self._op(circuits, self._names, angles, observables)
        return tf.broadcast_to(values, (tokens, self._observables.shape[1]))


def _pauli_sum(observable: Observable) -> cirq.PauliSum:
    letters = {cirq.LineQubit(qubit): pauli for qubit, pauli in observable.paulis}
    return cirq.PauliSum.wrap(cirq.PauliString(letters))
