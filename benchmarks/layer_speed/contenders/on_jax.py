"""A training step in JAX."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders.native import inputs, model

os.environ["KERAS_BACKEND"] = "jax"


def training_step(
    outputs: Callable[[Any], Any], variables: Sequence[Any], x: Any
) -> Callable[[], object]:
    """A step of Keras layers.

    Args:
        outputs: of the inputs.
        variables: the layers' trained ones.
        x: (tokens, features)
    """
    import jax
    import keras

    def loss(x: Any, weights: list[Any]) -> Any:
        with keras.StatelessScope(list(zip(variables, weights, strict=True))):
            return (outputs(x) ** 2).sum()

    gradient = jax.jit(jax.grad(loss, (0, 1)))
    x, weights = jax.numpy.asarray(x), [variable.value for variable in variables]
    return lambda: jax.block_until_ready(gradient(x, weights))


def circuit_step(case: Case, tokens: int, kernel: str) -> Callable[[], object]:
    """A step of the native engine."""
    layers, outputs = model(case, "native", kernel=kernel)
    return training_step(outputs, [layer.theta for layer in layers], inputs(case, tokens))
