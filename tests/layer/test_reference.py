"""A reference state beside the features, and the up-projection that a second circuit makes."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
import tensorflow as tf
from numpy.typing import NDArray

from qslc.ir.program import Program
from qslc.lower.logical import lower_to_logical
from qslc.spec.model import Spec
from tests.layer.layer_programs import KERNELS, ansatz, load, make_spec
from tests.layer.layer_reference import expectations, slope
from tests.layer.test_layer import shapes, tokens

pytestmark = pytest.mark.slow

Array = NDArray[np.float64]
FEATURES, QUBITS = 5, 4
HALF = 2 ** (QUBITS - 1)


def make_reference_spec(project: Any = "none") -> Spec:
    encoder = {
        "kind": "amplitude",
        "features": FEATURES,
        "pad": "reference",
        "project": project,
    }
    return make_spec(qubits=QUBITS, encoder=encoder, ansatz=ansatz(3, "ry"), measure="interference")


@pytest.fixture(scope="module")
def layer_class(tmp_path_factory: pytest.TempPathFactory) -> Any:
    return load(tmp_path_factory.mktemp("reference"), make_reference_spec())


def compute_exact(program: Program, features: Array, theta: Array) -> Array:
    """Expectations (tokens, M) in float64 of |0>x/|x| + |1>|+...+>, or of its second half."""
    states = np.full((len(features), 2 * HALF), 1 / np.sqrt(HALF))
    states[:, :HALF] = 0
    lengths = np.linalg.norm(features, axis=1, keepdims=True)
    states[:, :FEATURES] = features / np.where(lengths == 0, 1, lengths)
    return np.array([expectations(program, state, theta) for state in states])


def vary(layer: Any, width: int = FEATURES) -> Any:
    layer.build((None, width))
    generator = np.random.default_rng(7)
    for weight in layer.trainable_weights:
        weight.assign(generator.normal(size=weight.shape))
    return layer


@pytest.mark.parametrize("kernel", KERNELS)
def test_the_expectations(layer_class: Any, kernel: str) -> None:
    """Beside a token of zeros, or too small for float32, stands the reference alone."""
    layer, x = vary(layer_class(engine_options={"kernel": kernel})), tokens(6, FEATURES)
    x[1] = 0
    wanted = compute_exact(
        lower_to_logical(make_reference_spec()), x, np.asarray(layer.theta, np.float64)
    )
    assert wanted.shape == (6, HALF)
    assert np.abs(wanted[1]).max() > 0.1
    x[1], x[2, 3], wanted[2] = 1e-39, np.nan, np.nan
    np.testing.assert_allclose(layer(x), wanted, rtol=0, atol=1e-6)
    x[1] = 0
    np.testing.assert_allclose(layer(x), wanted, rtol=0, atol=1e-6)


def test_readouts_see_the_sign_and_not_the_length_of_a_token(layer_class: Any) -> None:
    """While no gate acts on qubit 0 the readouts are linear: an odd function of x / |x|."""
    layer, x = layer_class(), tokens(6, FEATURES)
    layer.build((None, FEATURES))
    layer.theta.assign(np.zeros(layer.theta.shape))
    np.testing.assert_allclose(layer(-x), -np.asarray(layer(x)), atol=1e-6)
    np.testing.assert_allclose(layer(3 * x), layer(x), atol=1e-6)
    assert np.abs(layer(x)).max() > 0.1


def test_the_up_projection_of_a_circuit(layer_class: Any) -> None:
    """gain, then the readouts of every unit vector, transposed, then the fixed matrix."""
    layer = vary(layer_class(units=7))
    x, program = tokens(6, FEATURES), lower_to_logical(make_reference_spec())
    theta, theta_up, gain, up = (
        np.asarray(getattr(layer, name), np.float64) for name in ("theta", "theta_up", "gain", "up")
    )
    readouts = compute_exact(program, np.eye(FEATURES), theta_up)
    wanted = 2**QUBITS * compute_exact(program, x, theta) * gain @ readouts.T @ up
    np.testing.assert_allclose(layer(x), wanted, rtol=1e-5, atol=2e-5)
    np.testing.assert_allclose(up @ up.T, np.eye(FEATURES), atol=1e-6)


def test_the_trained_weights_are_angles_and_gains(layer_class: Any) -> None:
    layer = layer_class(units=7)
    layer.build((None, FEATURES))
    assert shapes(layer) == {"theta": (12,), "theta_up": (12,), "gain": (HALF,)}
    assert not np.any(layer(tokens(2, FEATURES)))
    frozen = layer_class(units=7, trainable_angles=False)
    frozen.build((None, FEATURES))
    assert [weight.name for weight in frozen.trainable_weights] == ["gain"]


def loss_at(layer: Any, x: Any, weight: Any, chosen: list[int], part: Array) -> float:
    """The sum of squares of the outputs where some entries of a weight are others."""
    moved = np.array(weight)
    moved[chosen] = part
    weight.assign(moved)
    return float(np.square(layer(x)).sum())


def test_every_angle_gets_a_gradient(layer_class: Any) -> None:
    layer, x = vary(layer_class(units=7)), tokens(6, FEATURES)
    with tf.GradientTape() as tape:
        loss = keras.ops.sum(keras.ops.square(layer(x)))
    weights = [layer.theta, layer.theta_up, layer.gain]
    gradients = tape.gradient(loss, [weight.value for weight in weights])
    assert all(np.abs(gradient).max() > 0.02 * float(loss) for gradient in gradients)
    for weight, gradient in zip(weights, gradients, strict=True):
        before = np.array(weight)
        chosen = [0, len(before) // 2]
        slopes = slope(partial(loss_at, layer, x, weight, chosen), before[chosen], 1e-2)
        weight.assign(before)
        atol = 1e-3 * float(loss)
        np.testing.assert_allclose(gradient.numpy()[chosen], slopes, rtol=1e-2, atol=atol)


def test_a_projection_beside_the_reference(tmp_path: Path) -> None:
    layer = vary(load(tmp_path, make_reference_spec("orthogonal"))(), width=9)
    x = tokens(6, 9)
    features = x @ np.asarray(layer.down)
    values = compute_exact(
        lower_to_logical(make_reference_spec()), features, np.asarray(layer.theta, np.float64)
    )
    np.testing.assert_allclose(layer(x), values, rtol=0, atol=1e-6)


@pytest.mark.parametrize("project", ["none", "orthogonal"])
def test_the_folded_form(project: str, tmp_path: Path) -> None:
    layer = load(tmp_path, make_reference_spec(project))(units=7)
    width = FEATURES if project == "none" else 9
    x = tokens(2, 3, width)
    folded = vary(layer, width).fold()
    np.testing.assert_allclose(folded(x), layer(x), rtol=0, atol=2e-5)
    again = type(folded).from_config(folded.get_config())
    again.build(x.shape)
    again.set_weights(folded.get_weights())
    np.testing.assert_array_equal(again(x), folded(x))


def test_fixed_matrices_from_the_kernel(tmp_path: Path) -> None:
    layer = load(tmp_path, make_reference_spec("orthogonal"))(units=7)
    layer.build((None, 9))
    kernel = tokens(9, 7)
    layer.align(kernel)
    left, sizes, right = np.linalg.svd(kernel, full_matrices=False)
    down, up = np.asarray(layer.down), np.asarray(layer.up)
    np.testing.assert_allclose(down.T @ kernel @ up.T, np.diag(sizes[:FEATURES]), atol=1e-5)
    np.testing.assert_allclose(np.abs(np.sum(down * left[:, :FEATURES], 0)), 1, atol=1e-5)
    np.testing.assert_allclose(np.abs(np.sum(up * right[:FEATURES], 1)), 1, atol=1e-5)


def test_fixed_matrices_that_a_narrow_kernel_cannot_fill(tmp_path: Path) -> None:
    layer = load(tmp_path, make_reference_spec("orthogonal"))(units=3)
    layer.build((None, 9))
    layer.align(tokens(9, 3))
    down, up = np.asarray(layer.down), np.asarray(layer.up)
    np.testing.assert_allclose(down.T @ down, np.eye(FEATURES), atol=1e-6)
    np.testing.assert_allclose(up.T @ up, np.eye(3), atol=1e-6)


def test_angles_have_no_unit_vectors(tmp_path: Path) -> None:
    layer = load(tmp_path, make_spec(encoder={"kind": "angle"}))
    with pytest.raises(ValueError, match="needs an amplitude encoder"):
        layer(up_projection="circuit")


def test_the_spread_of_the_angles(layer_class: Any) -> None:
    usual, one = layer_class(), layer_class(angle_deviation=1.0)
    usual.build((None, FEATURES)), one.build((None, FEATURES))
    ratio = 2 / np.sqrt(3 + 2)
    np.testing.assert_allclose(usual.theta, ratio * np.asarray(one.theta), rtol=1e-6)
