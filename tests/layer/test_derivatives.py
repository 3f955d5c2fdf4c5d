"""Derivatives of the ``keras.ops`` code in TensorFlow: every mode against float64 differences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf

from qslc.lower.logical import lower_to_logical
from tests.layer.layer_programs import ansatz, draw, load, make_spec, simulate
from tests.layer.layer_reference import expectations, slope

pytestmark = pytest.mark.slow

OBSERVABLES = ("z", "X0*Z2", "Y0*Y1")
COMPLEX = ansatz(1, "rx", "rz", gate="crz", pattern="all_to_all")
SMALL = ansatz(1, "ry", pattern="linear")
SPECS = {
    "amplitude": make_spec(),
    "bias": make_spec(encoder={"kind": "amplitude", "features": 5, "pad": "bias"}),
    "complex": make_spec(ansatz=COMPLEX, measure=OBSERVABLES),
    "angle": make_spec(encoder={"kind": "angle"}, ansatz=SMALL, measure=OBSERVABLES),
    "iqp": make_spec(
        qubits=2, encoder={"kind": "iqp", "repeats": 2}, ansatz=SMALL, measure=("z", "Y1")
    ),
    "none": make_spec(encoder={"kind": "none"}, ansatz=SMALL),
}
NONE = "zero"
"""What TensorFlow returns where outputs do not depend on the inputs."""


def jacobians(name: str, x: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the Jacobians of each token: (tokens, M, features) and (tokens, M, P)."""
    program, bias = lower_to_logical(SPECS[name]), name == "bias"
    x64, theta64 = x.astype(np.float64), theta.astype(np.float64)
    by_theta = [slope(lambda t, r=r: expectations(program, r, t, bias), theta64).T for r in x64]
    by_x = [
        slope(lambda r: expectations(program, r, theta64, bias), r).T if len(r) else () for r in x64
    ]
    shape = (len(x), len(program.observables), x.shape[1])
    return np.array(by_x).reshape(shape), np.array(by_theta)


def loss_of(values: Any) -> Any:
    return tf.reduce_sum(tf.sin(values))


def hessian(name: str, x: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """Return the Hessian of the loss by theta: (P, P)."""
    program = lower_to_logical(SPECS[name])

    def loss(theta: np.ndarray) -> np.ndarray:
        rows = [expectations(program, row.astype(np.float64), theta) for row in x]
        return np.array(np.sin(rows).sum())

    theta64 = theta.astype(np.float64)
    return slope(lambda t: slope(loss, t, 1e-3), theta64, 1e-3)


@pytest.fixture(params=["eager", "graph"])
def run(request: pytest.FixtureRequest) -> Callable[[Callable[[], Any]], np.ndarray]:
    """Runs a function, eagerly or in a graph."""

    def run(function: Callable[[], Any]) -> np.ndarray:
        return (tf.function(function) if request.param == "graph" else function)().numpy()

    return run


@pytest.mark.parametrize("name", SPECS)
def test_jacobians(name: str, run: Any, tmp_path: Path) -> None:
    layer = load(tmp_path, SPECS[name])
    arrays = draw(layer, 3)
    by_x, by_theta = jacobians(name, *arrays)
    x, theta = map(tf.constant, arrays)

    def jacobian() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(theta)
            values = simulate(layer, x, theta, "keras")
        return tape.jacobian(values, theta)

    def batch_jacobian() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = simulate(layer, x, theta, "keras")
        return tape.batch_jacobian(values, x, unconnected_gradients=NONE)

    def mapped() -> Any:
        return tf.vectorized_map(lambda row: simulate(layer, row[None], theta, "keras")[0], x)

    def pushed() -> Any:
        with tf.autodiff.ForwardAccumulator([x, theta], [-x, -theta]) as accumulator:
            values = simulate(layer, x, theta, "keras")
        return accumulator.jvp(values)

    def slopes_of_mapped() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(theta)
            values = mapped()
        return tape.gradient(values, theta)

    np.testing.assert_allclose(run(jacobian), by_theta, atol=1e-5)
    np.testing.assert_allclose(run(slopes_of_mapped), by_theta.sum((0, 1)), atol=2e-5)
    np.testing.assert_allclose(run(batch_jacobian), by_x, atol=1e-5)
    np.testing.assert_allclose(run(mapped), simulate(layer, x, theta, "keras"), atol=1e-6)
    along = -np.einsum("tmf,tf->tm", by_x, arrays[0]) - by_theta @ arrays[1]
    np.testing.assert_allclose(run(pushed), along, atol=3e-5)


@pytest.mark.parametrize("name", ["amplitude", "iqp"])
def test_hessians(name: str, run: Any, tmp_path: Path) -> None:
    """Reverse over reverse, and forward over reverse; earlier calls had other numbers of tokens."""
    layer = load(tmp_path, SPECS[name])
    for tokens in (1, 5):
        simulate(layer, *map(tf.constant, draw(layer, tokens)), "keras")
    arrays = draw(layer, 2)
    expected = hessian(name, *arrays)
    x, theta = map(tf.constant, arrays)

    def gradient() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(theta)
            loss = loss_of(simulate(layer, x, theta, "keras"))
        return tape.gradient(loss, theta)

    def reverse() -> Any:
        with tf.GradientTape() as tape:
            tape.watch(theta)
            slopes = gradient()
        return tape.jacobian(slopes, theta)

    def forward() -> Any:
        with tf.autodiff.ForwardAccumulator(theta, -theta) as accumulator:
            slopes = gradient()
        return accumulator.jvp(slopes)

    np.testing.assert_allclose(run(reverse), expected, atol=1e-4)
    np.testing.assert_allclose(run(forward), -expected @ arrays[1], atol=1e-4)


@pytest.mark.parametrize("name", ["amplitude", "angle"])
def test_under_xla(name: str, tmp_path: Path) -> None:
    """Also after eager calls with several numbers of tokens."""
    layer = load(tmp_path, SPECS[name])
    for tokens in (1, 5):
        simulate(layer, *map(tf.constant, draw(layer, tokens)), "keras")
    x, theta = draw(layer, 2)

    @tf.function(jit_compile=True)
    def derivatives(x: Any, theta: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(theta)
            values = simulate(layer, x, theta, "keras")
        rows = tf.vectorized_map(lambda row: simulate(layer, row[None], theta, "keras")[0], x)
        return values, rows, tape.jacobian(values, theta), tf.hessians(loss_of(rows), theta)[0]

    values, rows, by_theta, second = derivatives(tf.constant(x), tf.constant(theta))
    np.testing.assert_allclose(rows, values, atol=1e-6)
    np.testing.assert_allclose(by_theta, jacobians(name, x, theta)[1], atol=1e-5)
    np.testing.assert_allclose(second, hessian(name, x, theta), atol=1e-4)


def test_the_jacobian_of_many_qubits(tmp_path: Path) -> None:
    """Rotations in blocks of five qubits: Kronecker products of larger matrices."""
    layer = load(tmp_path, make_spec(qubits=10, encoder={"kind": "amplitude", "features": 768}))
    x, theta = map(tf.constant, draw(layer, 2))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(theta)
        values = simulate(layer, x, theta, "keras")
    one_by_one = tape.jacobian(values, theta, experimental_use_pfor=False)
    np.testing.assert_allclose(tape.jacobian(values, theta), one_by_one, atol=1e-6)


def test_the_compiled_kernel_has_first_derivatives_in_reverse_mode(tmp_path: Path) -> None:
    layer = load(tmp_path, SPECS["amplitude"])
    arrays = draw(layer, 3)
    by_x, by_theta = jacobians("amplitude", *arrays)
    x, theta = map(tf.constant, arrays)
    with tf.GradientTape(persistent=True) as outer, tf.GradientTape(persistent=True) as tape:
        outer.watch(theta)
        tape.watch([x, theta])
        values = simulate(layer, x, theta)
    np.testing.assert_allclose(tape.jacobian(values, theta), by_theta, atol=1e-5)
    np.testing.assert_allclose(tape.batch_jacobian(values, x), by_x, atol=1e-5)
    option = r'engine_options=\{"kernel": "keras"\}'
    with outer:
        slope = tape.gradient(values, theta)
    with pytest.raises(LookupError, match=option):
        outer.gradient(slope, theta)
    with (
        pytest.raises(LookupError, match=f"forward mode .* {option}"),
        tf.autodiff.ForwardAccumulator(theta, -theta),
    ):
        simulate(layer, x, theta)
