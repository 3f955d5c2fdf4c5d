"""The arithmetic of folded layers: the compiled kernel against ``keras.ops`` and float64."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from qslc_runtime import compiled as kernels
from qslc_runtime.folding import products
from qslc_runtime.folding.products import Maps

from tests.layer.other_backends import run

pytestmark = pytest.mark.slow

SHAPES = [(1, 1, 1, 0), (7, 4, 3, 0), (8, 16, 2, 5), (17, 33, 4, 9), (513, 2048, 3, 2)]
"""Encoded width, squares, observables, units."""

FACTORS = {4: (2, 2, 2), 16: (3, 4, 4), 2048: (2, 32, 64)}
"""Number of factors and sizes of their blocks, for maps of so many squares."""


def draw(shape: tuple[int, int, int, int], tokens: int, factored: bool) -> tuple[Any, Any]:
    """Inputs and maps."""
    encoded, squares, observables, units = shape
    generator = np.random.default_rng(tokens)
    count, a, b = FACTORS[squares] if factored else (0, 0, 0)
    encoded = min(encoded, squares) if factored else encoded

    def normal(*size: int) -> Any:
        return generator.normal(size=size).astype(np.float32)

    order = [generator.permutation(squares) for _ in range(count)]
    maps = Maps(
        forms=normal(0, 0) if factored else normal(encoded, squares) / np.float32(squares**0.5),
        order=np.array(order, np.int32).reshape(count, squares if factored else 0),
        signs=np.sign(normal(count, squares if factored else 0)),
        left=normal(count, a, a) / np.float32(max(a, 1) ** 0.5),
        right=normal(count, b, b) / np.float32(max(b, 1) ** 0.5),
        readout=normal(squares, observables),
        up=normal(observables, units) if units else normal(0, 0),
    )
    return normal(tokens, encoded), maps


def make_dense_map(maps: Any, encoded: int) -> np.ndarray:
    """The map from x to its state, in float64, element by element of the definition."""
    if not len(maps.signs):
        return np.asarray(maps.forms, np.float64)
    state = np.eye(encoded, maps.signs.shape[1])
    for order, signs, left, right in zip(*maps[1:5], strict=True):
        moved = (signs * state[:, order]).astype(np.float64)
        state = moved @ np.kron(left.T.astype(np.float64), right.astype(np.float64))
    return state


def compute_outputs(x: Any, maps: Any, *, normalizes: bool, compiled: bool) -> Any:
    binding = kernels.load_binding() if compiled else None
    return products.compute_outputs(x, maps, normalizes=normalizes, binding=binding)


CASES = [(shape, False) for shape in SHAPES] + [(SHAPES[i], True) for i in (1, 2, 4)]


@pytest.mark.parametrize("normalizes", [False, True])
@pytest.mark.parametrize("tokens", [1, 3, 4])
@pytest.mark.parametrize(("shape", "factored"), CASES)
def test_values(shape: Any, factored: bool, tokens: int, normalizes: bool) -> None:
    x, maps = draw(shape, tokens, factored)
    exact_x = x.astype(np.float64)
    if normalizes:
        exact_x /= np.linalg.norm(exact_x, axis=1, keepdims=True)
    squares = np.square(exact_x @ make_dense_map(maps, x.shape[1]))
    readout = maps.readout.astype(np.float64)
    up = maps.up.astype(np.float64) if maps.up.size else np.eye(readout.shape[1])
    exact, largest = squares @ readout @ up, squares @ np.abs(readout) @ np.abs(up)
    for compiled in (False, True):
        values = compute_outputs(x, maps, normalizes=normalizes, compiled=compiled)
        np.testing.assert_allclose(values / largest, exact / largest, rtol=0, atol=2e-6)


def test_few_tokens_take_the_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []

    def folded(inputs: Any, maps: Any, **_: Any) -> Any:
        calls.append(inputs.shape[0])
        return np.zeros((inputs.shape[0], 2), np.float32)

    binding = kernels.load_binding()
    monkeypatch.setattr(binding, "compute_folded", folded)
    for tokens in range(1, products.FEW + 2):
        compute_outputs(*draw((8, 16, 2, 0), tokens, False), normalizes=True, compiled=True)
    assert calls == list(range(1, products.FEW + 1))


@pytest.mark.parametrize("normalizes", [False, True])
def test_tokens_that_are_zero_tiny_huge_or_not_finite(normalizes: bool) -> None:
    x, maps = draw((17, 33, 4, 9), 4, False)
    for first in range(0, 8, 4):
        rows = [0, 1e-33, 3e38, 1e-45, np.nan, np.inf, -np.inf, 1][first : first + 4]
        with np.errstate(over="ignore", invalid="ignore"):
            tokens = x / np.abs(x).max(1, keepdims=True) * np.float32(rows)[:, None]
        tokens = tokens.astype(np.float32)
        plain, ours = (
            compute_outputs(tokens, maps, normalizes=normalizes, compiled=c) for c in (0, 1)
        )
        if normalizes:
            np.testing.assert_allclose(ours, plain, rtol=0, atol=1e-5)
        else:
            np.testing.assert_array_equal(np.isfinite(ours), np.isfinite(plain))


@pytest.mark.parametrize("normalizes", [False, True])
@pytest.mark.parametrize(("shape", "factored"), [CASES[1], CASES[3], CASES[6]])
def test_gradients(shape: Any, factored: bool, normalizes: bool) -> None:
    import tensorflow as tf

    found = []
    for compiled in (False, True):
        x, maps = draw(shape, 3, factored)
        x, maps = tf.constant(x), type(maps)(*map(tf.constant, maps))
        with tf.GradientTape() as tape:
            tape.watch(x)
            values = compute_outputs(x, maps, normalizes=normalizes, compiled=compiled)
            loss = tf.reduce_sum(values**3)
        found.append(tape.gradient(loss, x))
    scale = np.abs(found[0]).max()
    assert scale > 0
    np.testing.assert_allclose(found[1] / scale, found[0] / scale, rtol=0, atol=1e-5)


def cut(maps: Any, name: str) -> Any:
    """The maps, one of them a row shorter."""
    return maps._replace(**{name: getattr(maps, name)[1:]})


@pytest.mark.parametrize("factored", [False, True])
def test_shapes_that_do_not_fit_are_refused(factored: bool) -> None:
    import tensorflow as tf

    x, maps = draw((8, 16, 2, 5), 2, factored)
    names = ("order", "signs", "left", "right") if factored else ("forms",)
    for wrong in (cut(maps, name) for name in (*names, "readout", "up")):
        with pytest.raises(tf.errors.InvalidArgumentError, match="tensors of other shapes"):
            kernels.load_binding().compute_folded(x, wrong, normalizes=True, exact=None)


def test_an_order_that_points_outside_reads_nothing() -> None:
    x, maps = draw((8, 16, 2, 5), 1, True)
    outside = maps._replace(order=np.full_like(maps.order, 2**30))
    assert not np.any(compute_outputs(x, outside, normalizes=True, compiled=True))


JAX = """
import jax, numpy
from tests.folding.test_products import CASES, compute_outputs, draw
for shape, factored in CASES[1:4] + CASES[5:7]:
    for normalizes in (False, True):
        x, maps = draw(shape, 3, factored)
        x, maps = jax.numpy.asarray(x), type(maps)(*map(jax.numpy.asarray, maps))
        found = []
        for compiled in (False, True):
            def loss(x, maps):
                values = compute_outputs(x, maps, normalizes=normalizes, compiled=compiled)
                return (values**2).sum(), values
            found.append(jax.jit(jax.grad(loss, has_aux=True))(x, maps))
        (plain, values), (slopes, ours) = found
        scale = abs(plain).max()
        numpy.testing.assert_allclose(ours, values, rtol=1e-5, atol=1e-5)
        numpy.testing.assert_allclose(slopes / scale, plain / scale, rtol=0, atol=1e-5)
"""


def test_jax() -> None:
    assert run("jax", JAX) == ""
