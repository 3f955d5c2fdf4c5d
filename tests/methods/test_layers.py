"""Results of the classical layers, against numpy."""

from __future__ import annotations

import numpy as np
import pytest
from qslc_runtime.methods.lora import LoraUpdate, LoraXsUpdate, VeraUpdate
from qslc_runtime.methods.quadratic import QuadraticUpdate
from qslc_runtime.methods.quantum_peft import QuantumPeftUpdate
from qslc_runtime.methods.quic import QuicUpdate

pytestmark = pytest.mark.slow

X = np.random.default_rng(0).normal(size=(2, 3, 8)).astype("float32")


def built(layer, excite=True):
    layer.build((None, None, 8))
    rng = np.random.default_rng(1)
    if excite:
        for weight in layer.weights:
            weight.assign(rng.normal(size=weight.shape))
    return layer


@pytest.mark.parametrize(
    "layer",
    [
        LoraUpdate(6, rank=2),
        LoraXsUpdate(6, rank=3),
        VeraUpdate(6, rank=4),
        QuadraticUpdate(6, rank=2),
        QuantumPeftUpdate(6, rank=4, layers=2),
        QuicUpdate(6, parts=2, orders=(1,)),
    ],
    ids=lambda layer: type(layer).__name__,
)
def test_it_starts_as_zero_and_comes_back_from_its_configuration(layer):
    assert not np.any(built(layer, excite=False)(X))
    again = type(layer).from_config(layer.get_config())
    assert again.get_config() == layer.get_config()
    assert tuple(again.compute_output_shape((2, 3, 8))) == (2, 3, 6)


@pytest.mark.parametrize(("alpha", "scale"), [(None, 1.0), (8.0, 4.0)])
def test_lora(alpha, scale):
    layer = built(LoraUpdate(6, rank=2, alpha=alpha))
    a, b = (np.array(weight) for weight in layer.weights)
    np.testing.assert_allclose(layer(X), scale * (X @ a @ b), rtol=1e-4, atol=1e-5)


def test_lora_xs_moves_within_the_singular_vectors_of_the_kernel():
    layer, kernel = built(LoraXsUpdate(6, rank=3)), np.random.default_rng(2).normal(size=(8, 6))
    layer.align(kernel)
    layer.core.assign(np.eye(3))
    left, values, right = np.linalg.svd(kernel, full_matrices=False)
    nearest = left[:, :3] * values[:3] @ right[:3]
    np.testing.assert_allclose(layer(X), X @ nearest, rtol=1e-4, atol=1e-4)


def test_the_quadratic_form_is_blind_to_sign_and_norm():
    layer = built(QuadraticUpdate(6, rank=2))
    down, up = (np.array(weight) for weight in layer.weights)
    expected = (X @ down) ** 2 / np.mean(X**2, -1, keepdims=True) @ up
    np.testing.assert_allclose(layer(X), expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(layer(-4 * X), layer(X), rtol=1e-4, atol=1e-5)
    assert not np.any(layer(0 * X))


def test_vera_scales_fixed_matrices_that_all_places_share():
    layer = built(VeraUpdate(6, rank=4, shared_seed=3, seed=1))
    inner, outer = (np.array(weight) for weight in layer.weights)
    elsewhere = built(VeraUpdate(6, rank=4, shared_seed=3, seed=2))
    a, b = elsewhere._a, elsewhere._b
    np.testing.assert_allclose(layer(X), outer * (inner * (X @ a) @ b), rtol=1e-4, atol=1e-5)
    other = built(VeraUpdate(6, rank=4, shared_seed=4))
    assert not np.array_equal(other._a, a)


@pytest.mark.parametrize("layer", [LoraUpdate, LoraXsUpdate, VeraUpdate, QuadraticUpdate])
def test_float32_inside(layer):
    half = built(layer(6, rank=2, dtype="bfloat16"))
    assert half(X).dtype == "bfloat16"
    assert {weight.dtype for weight in half.weights} == {"float32"}
