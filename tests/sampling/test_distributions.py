"""Distributions of noisy circuits against Cirq's density matrices."""

from __future__ import annotations

from pathlib import Path

import cirq
import numpy as np
import pytest
import qslc_runtime
import sympy
from qslc_runtime.engines.device_circuit import find_qubits
from qslc_runtime.sampling.distributions import compute_distributions
from qslc_runtime.sampling.measured import split_measurement
from qslc_runtime.sampling.program import Program

import qslc
from tests.sampling.fakes import create, draw

pytestmark = pytest.mark.slow

A, B = map(sympy.Symbol, "ab")
Q = cirq.LineQubit.range(3)
CIRCUIT = cirq.Circuit(
    map(cirq.H, Q),
    cirq.rx(A)(Q[0]),
    cirq.depolarize(0.05)(Q[0]),
    cirq.ry(2 * B + 0.1)(Q[2]),
    cirq.CZ(Q[2], Q[0]),
    cirq.depolarize(0.1, 2)(Q[0], Q[2]),
    cirq.ControlledGate(cirq.rz(A * B))(Q[1], Q[2]),
    cirq.amplitude_damp(0.2)(Q[1]),
    cirq.CNOT(Q[1], Q[0]),
    cirq.ry(B)(Q[1]),
    cirq.H(Q[2]),
)


def test_they_are_the_diagonals_of_density_matrices() -> None:
    order = [Q[1], Q[2], Q[0]]
    resolvers = [cirq.ParamResolver({"a": a, "b": b}) for a, b in ((0.3, -1.2), (2.0, 0.7))]
    simulator = cirq.DensityMatrixSimulator(dtype=np.complex128)
    expected = [
        np.diagonal(s.final_density_matrix).real
        for s in simulator.simulate_sweep(CIRCUIT, resolvers, qubit_order=order)
    ]
    np.testing.assert_allclose(
        compute_distributions(CIRCUIT, order, resolvers), expected, atol=1e-7
    )


ROUTED = """qslc: 1
name: routed
qubits: 5
encoder: {kind: amplitude, features: 16, preparation: multiplexed}
ansatz: {depth: 1, rotations: [ry], entangler: {gate: cnot, pattern: linear}}
measure: [Z4]
device: {heavy_hex: 3}
noise: {depolarizing: {1q: 0.01, 2q: 0.06}}
"""


def test_a_preparation_passes_through_qubits_that_the_layer_leaves_alone(tmp_path: Path) -> None:
    qslc.compile_to(qslc.parse(ROUTED), tmp_path)
    cls, artifact = qslc_runtime.load(tmp_path), qslc_runtime.Artifact.read(tmp_path)
    x, theta = draw(cls, 3)
    x[:, 0] += 4
    values = create(cls, "noisy", shots=20_000).expectations(x, theta)
    program = Program(artifact)
    assert {*program.qubits} - {*find_qubits(artifact)}
    (measured,) = program.measured
    (string,) = measured.strings
    observable = string.sign * cirq.PauliString(cirq.Z(measured.read[i]) for i in string.paulis)
    body, tail = split_measurement(measured.circuit)
    noisy = artifact.noise.add_to(body, program.qubits) + tail[:-1]
    simulator = cirq.DensityMatrixSimulator()
    angles = program.polynomials(program.gather(x, theta)[1])
    expected = simulator.simulate_expectation_values_sweep(
        noisy, observable, [measured.resolve(row) for row in angles]
    )
    np.testing.assert_allclose(values, np.real(expected), atol=4.5 / np.sqrt(20_000))
