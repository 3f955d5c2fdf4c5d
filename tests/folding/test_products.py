"""The arithmetic of folded layers: the compiled kernel against ``keras.ops`` and float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.layer.test_jax import on_jax

pytestmark = pytest.mark.slow

SHAPES = [(1, 1, 1, 0), (7, 4, 3, 0), (8, 16, 2, 5), (17, 33, 4, 9), (513, 2048, 3, 2)]
"""Encoded width, squares, observables, units."""


def drawn(shape: tuple[int, int, int, int], tokens: int) -> tuple[np.ndarray, ...]:
    encoded, squares, observables, units = shape
    generator = np.random.default_rng(tokens)
    sizes = [(tokens, encoded), (encoded, squares), (squares, observables), (observables, units)]
    x, forms, *others = (generator.normal(size=size).astype(np.float32) for size in sizes)
    return x, forms / np.float32(np.sqrt(squares)), *others


def outputs(parts: tuple[Any, ...], *, normalises: bool, compiled: bool) -> Any:
    from qslc_runtime import compiled as kernels
    from qslc_runtime.folding import products

    x, forms, readout, up = parts
    return products.outputs(
        x,
        forms,
        readout,
        up if up.shape[1] else None,
        normalises=normalises,
        binding=kernels.binding() if compiled else None,
    )


@pytest.mark.parametrize("normalises", [False, True])
@pytest.mark.parametrize("tokens", [1, 3, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_values(shape: tuple[int, int, int, int], tokens: int, normalises: bool) -> None:
    parts = drawn(shape, tokens)
    x, forms, readout, up = (part.astype(np.float64) for part in parts)
    if normalises:
        x = x / np.linalg.norm(x, axis=1, keepdims=True)
    squares, up = np.square(x @ forms), up if up.shape[1] else np.eye(len(up))
    exact, largest = squares @ readout @ up, squares @ np.abs(readout) @ np.abs(up)
    for compiled in (False, True):
        values = outputs(parts, normalises=normalises, compiled=compiled)
        np.testing.assert_allclose(values / largest, exact / largest, rtol=0, atol=1e-6)


def test_few_tokens_take_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    from qslc_runtime import compiled
    from qslc_runtime.folding import products

    calls = []

    def folded(inputs: Any, *maps: Any, normalises: bool) -> Any:
        calls.append(inputs.shape[0])
        return np.zeros((inputs.shape[0], 2), np.float32)

    binding = compiled.binding()
    monkeypatch.setattr(binding, "folded", folded)
    for tokens in range(1, products.FEW + 2):
        outputs(drawn((8, 16, 2, 0), tokens), normalises=True, compiled=True)
    assert calls == list(range(1, products.FEW + 1))


@pytest.mark.parametrize("normalises", [False, True])
def test_tokens_that_are_zero_tiny_huge_or_not_finite(normalises: bool) -> None:
    x, *maps = drawn((17, 33, 4, 9), 4)
    for first in range(0, 8, 4):
        rows = [0, 1e-33, 3e38, 1e-45, np.nan, np.inf, -np.inf, 1][first : first + 4]
        with np.errstate(over="ignore", invalid="ignore"):
            tokens = x / np.abs(x).max(1, keepdims=True) * np.float32(rows)[:, None]
        parts = (tokens.astype(np.float32), *maps)
        plain, ours = (outputs(parts, normalises=normalises, compiled=c) for c in (False, True))
        if normalises:
            np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-5)
        else:
            np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(plain))


@pytest.mark.parametrize("normalises", [False, True])
@pytest.mark.parametrize("shape", SHAPES[1:4])
def test_gradients(shape: tuple[int, int, int, int], normalises: bool) -> None:
    import tensorflow as tf

    found = []
    for compiled in (False, True):
        x, *maps = map(tf.constant, drawn(shape, 3))
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = outputs((x, *maps), normalises=normalises, compiled=compiled)
            loss = tf.reduce_sum(values**3)
        found.append(tape.gradient(loss, x))
    scale = np.abs(found[0]).max()
    assert scale > 0
    np.testing.assert_allclose(found[1] / scale, found[0] / scale, rtol=0, atol=1e-5)


def test_shapes_that_do_not_fit_are_refused() -> None:
    import tensorflow as tf
    from qslc_runtime import compiled

    x, forms, readout, up = drawn((8, 16, 2, 5), 2)
    for wrong in (
        (x[:, 1:], forms, readout, up),
        (x, forms, readout[1:], up),
        (x, forms, readout, up[1:]),
    ):
        with pytest.raises(tf.errors.InvalidArgumentError, match="tensors of other shapes"):
            compiled.binding().folded(*wrong, normalises=True)


JAX = """
import jax, numpy
from qslc_runtime import compiled
from tests.folding.test_products import SHAPES, drawn, outputs
for shape in SHAPES[1:4]:
    for normalises in (False, True):
        x, *maps = map(jax.numpy.asarray, drawn(shape, 3))
        found = []
        for kernel in (False, True):
            def loss(x, maps):
                values = outputs((x, *maps), normalises=normalises, compiled=kernel)
                return (values**2).sum(), values
            found.append(jax.jit(jax.grad(loss, has_aux=True))(x, maps))
        (plain, values), (slopes, ours) = found
        scale = abs(plain).max()
        numpy.testing.assert_allclose(ours, values, rtol=1e-5, atol=1e-5)
        numpy.testing.assert_allclose(slopes / scale, plain / scale, rtol=0, atol=1e-5)
"""


def test_jax() -> None:
    assert on_jax(JAX) == ""
