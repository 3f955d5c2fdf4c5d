"""The orthogonal matrices of Quantum-PEFT and QuIC, against numpy and Cirq."""

from __future__ import annotations

import itertools
import math

import cirq
import numpy as np
import pytest
from keras import ops
from qslc_runtime.methods.quantum_peft import QuantumPeftUpdate, _Orthogonal, _PauliCircuit
from qslc_runtime.methods.quic import QuicUpdate, compute_compound, count_modes, make_orthogonal

pytestmark = pytest.mark.slow


def draw(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def evaluate(function, array, *arguments):
    return ops.convert_to_numpy(function(ops.convert_to_tensor(array), *arguments))


@pytest.mark.parametrize(("qubits", "layers"), [(1, 1), (2, 1), (3, 2), (4, 1), (5, 3)])
def test_the_pauli_parameterization_is_a_circuit_of_ry_and_cz(qubits, layers):
    circuit = _PauliCircuit(qubits, layers)
    assert circuit.angles == (2 * layers + 1) * qubits - 2 * layers
    angles = draw(circuit.angles)
    left = iter(angles)
    line = cirq.LineQubit.range(qubits)
    gates = [cirq.ry(next(left))(qubit) for qubit in line]
    for first in [0, 1] * layers:
        pairs = [line[at : at + 2] for at in range(first, qubits - 1, 2)]
        gates += [cirq.CZ(*pair) for pair in pairs]
        gates += [cirq.ry(next(left))(qubit) for pair in pairs for qubit in pair]
    assert next(left, None) is None
    expected = cirq.Circuit(gates).unitary(qubit_order=line)
    rows = evaluate(lambda a: circuit.apply(np.eye(2**qubits, dtype=np.float32), a), angles)
    np.testing.assert_allclose(rows.T, expected.real, atol=1e-6)
    assert not np.any(expected.imag)


@pytest.mark.parametrize(("width", "angles"), [(2, 1), (8, 11), (12, 22), (16, 16), (192, 62)])
def test_columns_of_any_width_are_orthonormal(width, angles):
    side = _Orthogonal(width, 2)
    assert side.angles == angles
    count = min(width, 7)
    rows = evaluate(lambda a: side.compute_columns(count, a), draw(angles))
    np.testing.assert_allclose(rows @ rows.T, np.eye(count), atol=2e-6)
    assert np.abs(rows[:, -1]).max() > 0  # the last coordinate takes part


def test_quantum_peft_has_the_singular_values_that_are_trained():
    layer = QuantumPeftUpdate(6, rank=3)
    layer.build((None, None, 8))
    layer.diagonal.assign([3.0, -2.0, 1.0])
    change = np.asarray(layer(np.eye(8, dtype=np.float32)))
    values = np.linalg.svd(change, compute_uv=False)
    np.testing.assert_allclose(values, [3, 2, 1, 0, 0, 0], atol=1e-5)


@pytest.mark.parametrize("order", [1, 2, 3])
def test_compounds_are_the_minors_and_orthogonal(order):
    base = evaluate(make_orthogonal, draw(2, 10), 5)
    np.testing.assert_allclose(base @ base.swapaxes(1, 2), np.tile(np.eye(5), (2, 1, 1)), atol=1e-5)
    found = evaluate(compute_compound, base, order)
    chosen = list(itertools.combinations(range(5), order))
    for matrix, compound in zip(base, found, strict=True):
        minors = [[np.linalg.det(matrix[np.ix_(a, b)]) for b in chosen] for a in chosen]
        np.testing.assert_allclose(compound, minors, atol=1e-5)
        np.testing.assert_allclose(compound @ compound.T, np.eye(len(chosen)), atol=1e-5)


@pytest.mark.parametrize(
    ("size", "orders", "modes"), [(192, (1, 2), 19), (64, (1,), 64), (20, (3,), 6), (3, (2,), 3)]
)
def test_the_largest_compounds_that_fit(size, orders, modes):
    assert count_modes(size, orders) == modes
    assert sum(math.comb(modes, k) for k in orders) <= size
    assert sum(math.comb(modes + 1, k) for k in orders) > size


def test_quic_rotates_outputs_within_its_blocks():
    layer = QuicUpdate(15, parts=2, orders=(1, 2))
    layer.build((None, None, 6))  # two blocks of 7, of each of which 3 + 3 are rotated, and 1 more
    kernel = draw(6, 15, seed=1)
    layer.align(kernel)
    layer.skew.assign(draw(2, 3))
    rotated = kernel + np.asarray(layer(np.eye(6, dtype=np.float32)))
    assert np.array_equal(rotated[:, [6, 13, 14]], kernel[:, [6, 13, 14]])
    for columns in (range(3), range(3, 6), range(7, 10), range(10, 13)):
        before, after = kernel[:, columns], rotated[:, columns]
        assert np.abs(after - before).max() > 0.1
        np.testing.assert_allclose(after @ after.T, before @ before.T, atol=1e-5)


@pytest.mark.parametrize("layer", [QuantumPeftUpdate(6, rank=2), QuicUpdate(6)])
def test_what_starts_as_zero_has_a_gradient(layer):
    import tensorflow as tf

    layer.build((None, None, 8))
    if isinstance(layer, QuicUpdate):
        layer.align(draw(8, 6))
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(layer(draw(2, 3, 8)) * draw(2, 3, 6, seed=2))
    first = layer.diagonal if isinstance(layer, QuantumPeftUpdate) else layer.skew
    gradient = np.asarray(tape.gradient(loss, first.value))
    assert np.isfinite(gradient).all()
    assert np.abs(gradient).max() > 0.01
