"""Chunks of tokens: the same values and gradients, whatever their size, with either kernel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from qslc_runtime.backends import divide_tokens
from qslc_runtime.engines import native as engine

from tests.layer.layer_programs import KERNELS, load, make_spec, simulate

IN_CHUNKS = pytest.mark.parametrize("tokens", [0, 1, 3, 7])
SPECS = {
    "amplitude": make_spec(),
    "angle": make_spec(encoder={"kind": "angle"}, measure=("z", "X0*Y1")),
    "none": make_spec(encoder={"kind": "none"}),
}


@pytest.mark.parametrize(
    ("tokens", "expected"),
    [(0, (1, 0)), (1, (1, 1)), (4, (1, 4)), (5, (2, 3)), (8, (2, 4)), (9, (3, 3))],
)
def test_chunks_are_few_and_equal(tokens: int, expected: tuple[int, int]) -> None:
    assert divide_tokens(tokens, 4) == expected


@pytest.mark.parametrize(("on_cpu", "size"), [(True, 4096), (False, 2**20)])
def test_an_accelerator_takes_larger_chunks(
    on_cpu: bool, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    monkeypatch.setattr(engine, "has_cpu_tensors", lambda: on_cpu)
    monkeypatch.setattr(engine, "map_chunks", lambda *arguments: sizes.append(arguments[-1]))
    layer = load(tmp_path, SPECS["amplitude"])
    engine.NativeEngine(layer, kernel="keras").expectations(None, np.zeros(6, np.float32))
    assert (layer.QUBITS, sizes) == (3, [size])


def differentiate_in_graph(layer: Any, x: np.ndarray, kernel: str, *, known: bool) -> Any:
    """Values and gradients in a graph in which the number of tokens is known, or not."""

    def step(x: Any, theta: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch([x, theta])
            values = simulate(layer, x, theta, kernel)
            loss = tf.reduce_sum(tf.sin(3.0 * values))
        none = tf.UnconnectedGradients.ZERO
        return values, *tape.gradient(loss, [x, theta], unconnected_gradients=none)

    theta = np.linspace(-1, 1, len(layer.WEIGHTS), dtype=np.float32)
    shape = x.shape if known else (None, x.shape[1])
    signature = (tf.TensorSpec(shape), tf.TensorSpec(theta.shape))
    return [result.numpy() for result in tf.function(step, signature)(x, theta)]


@pytest.mark.slow
@IN_CHUNKS
@pytest.mark.parametrize("known", [True, False], ids=["known", "unknown"])
@pytest.mark.parametrize("name", SPECS)
def test_chunks_change_nothing(name: str, known: bool, tokens: int, tmp_path: Path) -> None:
    layer = load(tmp_path, SPECS[name])
    whole = type("Whole", (layer,), {"CHUNK": 100})
    chunked = type("Chunked", (layer,), {"CHUNK": 3})
    x = np.random.default_rng(tokens).normal(size=(tokens, layer.FEATURES)).astype(np.float32)
    expected = differentiate_in_graph(whole, x, "keras", known=True)
    for kernel in KERNELS:
        results = differentiate_in_graph(chunked, x, kernel, known=known)
        for result, one in zip(results, expected, strict=True):
            np.testing.assert_allclose(result, one, atol=1e-5)
