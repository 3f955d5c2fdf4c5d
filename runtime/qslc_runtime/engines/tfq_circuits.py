"""Circuits in TensorFlow Quantum: one for each token, or one for all.

``TokenCircuits`` are differentiated by the adjoint method. ``SharedCircuit`` multiplies the matrix
of the circuit, simulated once, by the amplitudes of each token. TensorFlow Quantum takes no initial
state, and its operation for matrices has no gradient. So that circuit is cut into parts in which
every rotation is the first gate on its qubit: the matrix U of a part has the derivative
U (-i P / 2) by the angle of exp(-i t P / 2), and no other circuit has to be simulated for the
gradient.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import cirq
import numpy as np
import tensorflow as tf
import tensorflow_quantum as tfq

from qslc_runtime.artifact import Artifact, Observable
from qslc_runtime.circuit import states, tables
from qslc_runtime.circuit.gates import make_generator
from qslc_runtime.circuit.matrices import Pair, to_pair
from qslc_runtime.engines.rotations import find_rotation


class TokenCircuits:
    """The expectations of one circuit at many angles.

    Args:
        artifact: The compile whose observables are measured.
        circuit: A circuit on ``cirq.LineQubit``, all of which occur; each angle is a symbol of
            its own.
        names: Names of the symbols.
    """

    def __init__(self, artifact: Artifact, circuit: cirq.Circuit, names: tuple[str, ...]) -> None:
        differentiator = tfq.differentiators.Adjoint()
        self._op = differentiator.generate_differentiable_op(analytic_op=tfq.get_expectation_op())
        # A tensor, not a list: with a list the gradient breaks in graph mode.
        self._names = tf.constant(names, tf.string, shape=(len(names),))
        self._circuit = tfq.convert_to_tensor([circuit])
        self._observables = tfq.convert_to_tensor([[*map(_make_pauli_sum, artifact.observables)]])

    def __call__(self, inputs: tf.Tensor, angles: tf.Tensor) -> tf.Tensor:
        """Return the expectations at angles (tokens, A) or (1, A): (tokens, observables).

        Only the number of tokens counts: the inputs are in the angles.
        """
        rows, tokens = tf.shape(angles)[0], tf.shape(inputs)[0]
        circuits = tf.repeat(self._circuit, rows)
        observables = tf.repeat(self._observables, rows, axis=0)
        values = self._op(circuits, self._names, angles, observables)
        return tf.broadcast_to(values, (tokens, self._observables.shape[1]))


def _make_pauli_sum(observable: Observable) -> cirq.PauliSum:
    letters = {cirq.LineQubit(qubit): pauli for qubit, pauli in observable.paulis}
    return cirq.PauliSum.wrap(cirq.PauliString(letters))


class SharedCircuit:
    """The expectations of one circuit on the encoded state of each token.

    Args:
        artifact: The compile whose encoder prepares the states and whose observables are measured.
        circuit: A circuit on ``cirq.LineQubit``; each angle is a symbol of its own.
        names: Names of the symbols, in the order of the angles.
    """

    def __init__(self, artifact: Artifact, circuit: cirq.Circuit, names: tuple[str, ...]) -> None:
        self._qubits = artifact.qubits
        self._bias = artifact.taken.bias
        self._parts = [Part(gates, artifact.qubits) for gates in split(circuit)]
        self._indices = [[names.index(name) for name in part.names] for part in self._parts]
        self._measurement = Measurement(artifact.qubits, artifact.observables)

    def __call__(self, inputs: tf.Tensor, angles: tf.Tensor) -> tf.Tensor:
        """Return the expectations (tokens, observables) of inputs (tokens, features)."""
        rows = states.normalize(inputs, bias=self._bias)
        state: tf.Tensor | Pair = states.encode_amplitudes(rows, self._qubits)
        for part, indices in zip(self._parts, self._indices, strict=True):
            of_part = tf.gather(angles[0], tf.constant(indices, tf.int32))
            state = states.apply(part.matrix(of_part), state, 0)
        return self._measurement(state if isinstance(state, Pair) else to_pair(state))


def split(circuit: cirq.Circuit) -> Iterator[list[cirq.Operation]]:
    """Yield the gates in as few parts as have every rotation the first on its qubit."""
    waiting = [op for op in circuit.all_operations() if op.gate != cirq.I]
    while waiting:
        gates, waiting = _take_first_part(waiting)
        yield gates


def _take_first_part(
    operations: Sequence[cirq.Operation],
) -> tuple[list[cirq.Operation], list[cirq.Operation]]:
    gates: list[cirq.Operation] = []
    later: list[cirq.Operation] = []
    touched: set[cirq.Qid] = set()
    blocked: set[cirq.Qid] = set()
    for op in operations:
        late = cirq.is_parameterized(op) and not touched.isdisjoint(op.qubits)
        if late or not blocked.isdisjoint(op.qubits):
            later.append(op)
            blocked.update(op.qubits)
        else:
            gates.append(op)
            touched.update(op.qubits)
    return gates, later


class Part:
    """Gates whose matrix is a differentiable function of their angles.

    Args:
        gates: Gates on ``cirq.LineQubit``; every symbolic one is ``cirq.rx``, ``cirq.ry`` or
            ``cirq.rz`` and the first on its qubit, and its symbol is its own.
        qubits: Number of qubits of the matrix.

    Attributes:
        names: Names of the symbols, in the order of the gates.
    """

    def __init__(self, gates: Sequence[cirq.Operation], qubits: int) -> None:
        rotations = [op for op in gates if cirq.is_parameterized(op)]
        self.names = [name for op in rotations for name in cirq.parameter_names(op)]
        circuit = cirq.Circuit(map(cirq.I, cirq.LineQubit.range(qubits)), gates)
        self._op = tfq.get_unitary_op()
        self._circuit = tfq.convert_to_tensor([circuit])
        self._symbols = tf.constant(self.names, tf.string, shape=(len(rotations),))
        self._size = 2**qubits
        self._is_real = all(map(_is_real, gates))
        self._columns, values = _expand_generators(rotations, qubits)
        self._generators = values.real if self._is_real else values

    def matrix(self, angles: tf.Tensor) -> tf.Tensor | Pair:
        """Return the matrix: (A,) to (2**qubits, 2**qubits), a tensor if all gates are real."""

        @tf.custom_gradient
        def differentiable(angles: tf.Tensor) -> Any:
            matrix = self._unitary(angles)
            real = tf.math.real(matrix)

            def gradient(re: tf.Tensor, im: tf.Tensor) -> tf.Tensor:
                if self._is_real:
                    return self._gradient(re, real)
                return self._gradient(tf.complex(re, -im), matrix)

            return (real, tf.math.imag(matrix)), gradient

        re, im = differentiable(angles)
        return re if self._is_real else Pair(re, im)

    def _unitary(self, angles: tf.Tensor) -> tf.Tensor:
        matrix = self._op(self._circuit, self._symbols, angles[None]).to_tensor()[0]
        return tf.ensure_shape(matrix, (self._size, self._size))

    def _gradient(self, upstream: tf.Tensor, matrix: tf.Tensor) -> tf.Tensor:
        """Return the real part of the sum of upstream * (matrix @ generator), for each angle."""
        overlaps = tf.matmul(matrix, upstream, transpose_a=True)
        chosen = tf.gather(overlaps, self._columns, axis=1, batch_dims=1)
        return tf.reduce_sum(tf.math.real(chosen * self._generators), axis=0)


def _expand_generators(
    rotations: Sequence[cirq.Operation], qubits: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the generators of rotations on all qubits, each row of which has one entry.

    Returns:
        The columns of the entries and their values, (2**qubits, rotations) both.
    """
    index = np.arange(2**qubits)
    columns = np.zeros((len(index), len(rotations)), np.int32)
    values = np.zeros(columns.shape, np.complex64)
    for i, op in enumerate(rotations):
        generator, shift = make_generator(str(find_rotation(op.gate))), qubits - 1 - op.qubits[0].x
        flips = int(generator[0, 1] != 0)
        bit = index >> shift & 1
        columns[:, i] = index ^ flips << shift
        values[:, i] = generator[bit, bit ^ flips]
    return columns, values


def _is_real(op: cirq.Operation) -> bool:
    if cirq.is_parameterized(op):
        return find_rotation(op.gate) == "ry"
    return bool(np.isreal(cirq.unitary(op)).all())


class Measurement:
    """The expectation of each observable on complex states (2**qubits, tokens).

    Strings that flip the same qubits share one pass over the states.
    """

    def __init__(self, qubits: int, observables: tuple[Observable, ...]) -> None:
        grouped: dict[tuple[bool, tuple[int, ...]], list[int]] = {}
        for i, observable in enumerate(observables):
            grouped.setdefault(_find_flips(observable), []).append(i)
        self._order = np.argsort([i for members in grouped.values() for i in members])
        self._groups = [
            (
                odd,
                tables.make_permutation(qubits, *((q,) for q in flipped)) if flipped else None,
                tables.make_strings(qubits, *(observables[i].logical for i in members)),
            )
            for (odd, flipped), members in grouped.items()
        ]

    def __call__(self, state: Pair) -> tf.Tensor:
        """Return the expectations: (2**qubits, tokens) to (tokens, observables)."""
        rows = [
            states.measure(_multiply_flipped(state, permutation, odd), signs)
            for odd, permutation, signs in self._groups
        ]
        return tf.transpose(tf.gather(tf.concat(rows, axis=0), self._order))


def _find_flips(observable: Observable) -> tuple[bool, tuple[int, ...]]:
    """Return whether the number of Y is odd, and the qubits that X and Y flip."""
    odd = sum(pauli == "Y" for _, pauli in observable.paulis) % 2 == 1
    return odd, tuple(sorted(qubit for qubit, pauli in observable.paulis if pauli != "Z"))


def _multiply_flipped(state: Pair, permutation: np.ndarray | None, odd: bool) -> tf.Tensor:
    if permutation is None:
        return states.compute_probabilities(state)
    flipped = states.permute(state, permutation)
    compute = states.compute_cross_overlaps if odd else states.compute_overlaps
    return compute(state, flipped)
