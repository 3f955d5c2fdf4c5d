"""Gradients by parameter shift and SPSA against exact ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cirq
import keras
import numpy as np
import pytest
import sympy
import tensorflow as tf
from qslc_runtime import engines
from qslc_runtime.engines.rotations import make_polynomials, name_angles
from qslc_runtime.engines.sampled_gradients import ParameterShift, Spsa

from tests.engines.exact import gradient
from tests.sampling.fakes import Fake, create, draw, load

pytestmark = pytest.mark.slow

A, B, C = map(sympy.Symbol, "abc")
Q = cirq.LineQubit.range(2)
CIRCUIT = cirq.Circuit(
    map(cirq.H, Q),
    cirq.rx(2 * A * C + 0.3)(Q[0]),
    cirq.ControlledGate(cirq.ry(A))(*Q),
    cirq.ControlledGate(cirq.rz(B - C**2))(Q[1], Q[0]),
    cirq.XXPowGate(exponent=B / sympy.pi, global_shift=-0.5)(*Q),
    cirq.ry(0.4)(Q[0]),
    cirq.ZZPowGate(exponent=(A + B) / sympy.pi, global_shift=-0.5)(*Q),
    cirq.ry(B)(Q[1]),
    cirq.ControlledGate(cirq.rx(A))(*Q),
)
"""Shared weights, powers, and every kind of symbolic gate."""
VARIABLES = np.array([[0.7, -1.1, 0.4], [-0.2, 0.9, 1.3]])


class Exact:
    """The expectations of ``CIRCUIT``, without shots."""

    def __init__(self) -> None:
        self.circuit, self.names, expressions = name_angles(CIRCUIT, entangling=True)
        self.polynomials = make_polynomials(expressions, "abc")
        self.gates = [op.gate for op in self.circuit.all_operations() if cirq.is_parameterized(op)]
        self.rows = 0

    def __call__(self, angles: Any) -> Any:
        self.rows += len(angles)
        strings = [cirq.Z(Q[0]), cirq.X(Q[0]) * cirq.Y(Q[1]), cirq.Z(Q[1])]
        resolvers = [dict(zip(self.names, row, strict=True)) for row in angles]
        simulator = cirq.Simulator(dtype=np.complex128)
        return np.real(
            simulator.simulate_expectation_values_sweep(self.circuit, strings, resolvers)
        )


def test_renamed_gates_are_the_same() -> None:
    exact = Exact()
    angles = exact.polynomials(VARIABLES)[0]
    resolved = cirq.resolve_parameters(exact.circuit, dict(zip(exact.names, angles, strict=True)))
    expected = cirq.resolve_parameters(CIRCUIT, dict(zip("abc", VARIABLES[0], strict=True)))
    np.testing.assert_allclose(cirq.unitary(resolved), cirq.unitary(expected), atol=1e-7)
    with pytest.raises(ValueError, match="not a rotation of one qubit"):
        name_angles(CIRCUIT)


def test_shifts_give_the_exact_gradient() -> None:
    exact = Exact()
    upstream = np.array([[1.0, -0.5, 0.3], [0.2, 0.8, -1.0]])
    expected = gradient(
        lambda v: float(np.sum(upstream * exact(exact.polynomials(v)))), VARIABLES, 1e-4
    )
    rule = ParameterShift(exact.gates, exact.polynomials, wanted=3)
    assert rule.evaluations == 4 * 2 + 3 * 4
    slopes = rule.differentiate(exact, VARIABLES, upstream)
    np.testing.assert_allclose(slopes, expected, atol=1e-6)


def test_variables_that_are_only_given_are_not_shifted() -> None:
    exact = Exact()
    rule = ParameterShift(exact.gates, exact.polynomials, wanted=1)  # A: 2 angles, 2 controlled
    assert rule.evaluations == 2 * 2 + 2 * 4
    slopes = rule.differentiate(exact, VARIABLES, np.ones((2, 3)))
    every = ParameterShift(exact.gates, exact.polynomials, 3)
    full = every.differentiate(exact, VARIABLES, np.ones((2, 3)))
    np.testing.assert_allclose(slopes[:, 0], full[:, 0], atol=1e-6)
    assert not slopes[:, 1:].any()


def test_spsa_is_right_on_average_and_takes_two_evaluations() -> None:
    exact = Exact()
    upstream = np.array([[1.0, -0.5, 0.3], [0.2, 0.8, -1.0]])
    shift = ParameterShift(exact.gates, exact.polynomials, 3)
    expected = shift.differentiate(exact, VARIABLES, upstream)
    exact.rows = 0
    rule = Spsa(exact.polynomials, 2, step=1e-3, samples=200, seed=0)
    slopes = rule.differentiate(exact, VARIABLES, upstream)
    assert exact.rows == len(VARIABLES) * rule.evaluations == 800
    assert not slopes[:, 2].any()
    spread = np.linalg.norm(expected, axis=1).max() / np.sqrt(200)
    assert np.abs(slopes - expected)[:, :2].max() < 4 * spread
    again = Spsa(exact.polynomials, 2, step=1e-3, samples=200, seed=0)
    np.testing.assert_array_equal(again.differentiate(exact, VARIABLES, upstream), slopes)
    assert np.abs(rule.differentiate(exact, VARIABLES, upstream) - slopes).max() > 0


@pytest.mark.parametrize("gate", ["crx", "rzz"])
def test_a_layers_gradient_is_that_of_engine_native(tmp_path: Path, gate: str) -> None:
    cls = load(tmp_path, gate=gate)
    x, theta = map(tf.constant, draw(cls, 2))
    weights = tf.constant(np.random.default_rng(1).normal(size=(2, len(cls.OBSERVABLES))))
    slopes = []
    for engine in (
        create(cls, "qsim", shots=20_000, gradient="parameter_shift"),
        engines.create("native", cls, {}),
    ):
        with tf.GradientTape() as tape:
            tape.watch((x, theta))
            loss = tf.reduce_sum(engine.expectations(x, theta) * tf.cast(weights, tf.float32))
        slopes.append(np.concatenate([np.ravel(s) for s in tape.gradient(loss, (x, theta))]))
    assert np.abs(slopes[0] - slopes[1]).max() < 0.12 < 0.5 < np.abs(slopes[1]).max()


@pytest.mark.parametrize("gradient", ["parameter_shift", "spsa"])
def test_a_model_trains_on_it_and_says_the_price_first(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], gradient: str
) -> None:
    cls = load(tmp_path)
    x, _ = draw(cls)
    said: list[str] = []

    def listen(results: Any, call: int) -> Any:
        said.append(capsys.readouterr().err)
        return results

    sampler = Fake(listen)
    options = {"sampler": sampler, "shots": 200, "gradient": gradient, "spsa_samples": 2}
    model = keras.Sequential(
        [keras.Input((cls.FEATURES,)), cls(2, engine="sampler", engine_options=options)]
    )
    model.compile(keras.optimizers.Adam(0.1), "mse")
    losses = model.fit(x, np.ones((4, 2)), epochs=4, verbose=0).history["loss"]
    assert losses[-1] < 0.9 * losses[0]
    price = 'engine "sampler": a step of training measures 4 tokens x 2 settings x '
    assert [price in line for line in said] == [True, *[False] * (len(said) - 1)]
