"""One circuit for all tokens: its matrix, simulated once, times the amplitudes of each token.

TensorFlow Quantum takes no initial state, and its operation for matrices has no gradient. But
dR(t)/dt = R(t + pi) / 2 for R(t) = exp(-i t P / 2), so the derivative of the matrix by an angle is
half the matrix of the same circuit with that angle shifted by pi.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

import cirq
import numpy as np
import tensorflow as tf
import tensorflow_quantum as tfq

from qslc_runtime import kernel, pairs, tables
from qslc_runtime.artefact import Artefact, Observable
from qslc_runtime.pairs import Pair

_CHUNK = 2**23
"""At most how many matrix entries the gradient simulates at once: 64 MiB."""


class AmplitudeCircuit:
    """The expectations of one circuit on the encoded state of each token.

    Args:
        artefact: whose encoder prepares the states and whose observables are measured.
        circuit: on ``cirq.LineQubit``, all of which occur; each angle is a symbol of its own.
        names: of the symbols.
    """

    def __init__(self, artefact: Artefact, circuit: cirq.Circuit, names: tuple[str, ...]) -> None:
        self._qubits = artefact.qubits
        self._bias = artefact.encoder["pad"] == "bias"
        self._matrix = differentiable_unitary(circuit, names)
        self._measurement = Measurement(artefact.qubits, artefact.observables)

    def __call__(self, inputs: tf.Tensor, angles: tf.Tensor) -> tf.Tensor:
        """Inputs (tokens, features) and angles (1, A) -> (tokens, observables)."""
        state = kernel.amplitudes(inputs, self._qubits, bias=self._bias)
        re, im = self._matrix(angles[0])
        return self._measurement(Pair(tf.matmul(re, state), tf.matmul(im, state)))


def differentiable_unitary(
    circuit: cirq.Circuit, names: tuple[str, ...]
) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    """A function from angles (A,) to the circuit's matrix, as real and imaginary part.

    Every symbol must be the angle of one ``cirq.rx``, ``cirq.ry`` or ``cirq.rz``.
    """
    program, op = tfq.convert_to_tensor([circuit]), tfq.get_unitary_op()
    symbols = tf.constant(names, tf.string, shape=(len(names),))
    size, count = 2 ** len(circuit.all_qubits()), len(names)
    chunk = max(1, min(count, _CHUNK // size**2))

    def matrices(angles: tf.Tensor) -> tf.Tensor:
        """(k, A) -> (k, size, size) complex64"""
        dense = op(tf.repeat(program, tf.shape(angles)[0]), symbols, angles).to_tensor()
        return tf.ensure_shape(dense, (None, size, size))

    @tf.custom_gradient
    def unitary(angles: tf.Tensor) -> tuple[tuple[tf.Tensor, tf.Tensor], Callable[..., tf.Tensor]]:
        def gradient(re: tf.Tensor, im: tf.Tensor) -> tf.Tensor:
            def contract(rows: tf.Tensor) -> tf.Tensor:
                shifted = matrices(rows)
                return _inner(tf.math.real(shifted), re) + _inner(tf.math.imag(shifted), im)

            rows = tf.pad(angles + np.pi * tf.eye(count), [[0, -count % chunk], [0, 0]])
            rows = tf.reshape(rows, (-1, chunk, count))
            slopes = tf.map_fn(contract, rows, parallel_iterations=1)
            return tf.reshape(slopes, (-1,))[:count] / 2

        matrix = matrices(angles[None])[0]
        return (tf.math.real(matrix), tf.math.imag(matrix)), gradient

    return unitary


class Measurement:
    """The expectation of each observable on complex states (2**qubits, tokens).

    Strings that flip the same qubits share one pass over the states.
    """

    def __init__(self, qubits: int, observables: tuple[Observable, ...]) -> None:
        order = sorted(range(len(observables)), key=lambda i: _flips(observables[i]))
        grouped = groupby(order, key=lambda i: _flips(observables[i]))
        self._order = np.argsort(order)
        self._groups = [
            (
                odd,
                tables.permutation(qubits, *((q,) for q in flipped)) if flipped else None,
                tables.signs(qubits, *(observables[i].logical for i in members)),
            )
            for (odd, flipped), members in grouped
        ]

    def __call__(self, state: Pair) -> tf.Tensor:
        """(2**qubits, tokens) -> (tokens, observables)"""
        rows = [
            kernel.measure(_products(state, permutation, odd), signs)
            for odd, permutation, signs in self._groups
        ]
        return tf.transpose(tf.gather(tf.concat(rows, axis=0), self._order))


def _flips(observable: Observable) -> tuple[bool, tuple[int, ...]]:
    """Whether the number of Y is odd, and the qubits that X and Y flip."""
    odd = sum(pauli == "Y" for _, pauli in observable.paulis) % 2 == 1
    return odd, tuple(sorted(qubit for qubit, pauli in observable.paulis if pauli != "Z"))


def _products(state: Pair, permutation: np.ndarray | None, odd: bool) -> tf.Tensor:
    if permutation is None:
        return pairs.probabilities(state)
    flipped = pairs.take(state, permutation)
    return pairs.cross_overlaps(state, flipped) if odd else pairs.overlaps(state, flipped)


def _inner(matrices: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
    """(k, n, n) and (n, n) -> (k,)"""
    return tf.linalg.matvec(
        tf.reshape(matrices, (tf.shape(matrices)[0], -1)), tf.reshape(matrix, (-1,))
    )
