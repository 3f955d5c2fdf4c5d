"""Distributions of noisy circuits against Cirq's density matrices."""

from __future__ import annotations

import cirq
import numpy as np
import pytest
import sympy
from qslc_runtime.sampling.distributions import compute_distributions

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
