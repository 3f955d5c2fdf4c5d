"""A training step of the native engine in JAX."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from benchmarks.layer_speed.cases import Case

os.environ["KERAS_BACKEND"] = "jax"


def training_step(case: Case, tokens: int, kernel: str) -> Callable[[], object]:
    import jax
    import keras

    from benchmarks.layer_speed.contenders.native import inputs, model

    layers, outputs = model(case, "native", kernel=kernel)
    weights = [layer.theta.value for layer in layers]

    def loss(x: Any, weights: list[Any]) -> Any:
        pairs = [(layer.theta, value) for layer, value in zip(layers, weights, strict=True)]
        with keras.StatelessScope(pairs):
            return (outputs(x) ** 2).sum()

    gradient = jax.jit(jax.grad(loss, (0, 1)))
    x = jax.numpy.asarray(inputs(case, tokens))
    return lambda: jax.block_until_ready(gradient(x, weights))
