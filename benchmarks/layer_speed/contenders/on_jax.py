"""Contenders in JAX: generated layers, a dense layer and LoRA, the rates of the device."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import jax

from benchmarks.layer_speed.cases import RANK, Case
from benchmarks.layer_speed.contenders.native import make_inputs, make_model

Step = Callable[[], object]


def qslc_jax(case: Case, tokens: int) -> Step:
    """Make a step of the native engine's compiled kernel."""
    return _make_circuit_step(case, tokens, "compiled")


def keras_jax(case: Case, tokens: int) -> Step:
    """Make a step of the native engine's keras.ops code."""
    return _make_circuit_step(case, tokens, "keras")


def dense_jax(case: Case, tokens: int) -> Step:
    """Make a step of a frozen dense layer, which a sublayer stands beside."""
    import keras

    layer = keras.layers.Dense(case.features, trainable=False)
    layer.build((None, case.features))
    return _make_step(layer, [], make_inputs(case, tokens))


def lora_jax(case: Case, tokens: int) -> Step:
    """Make a step of LoRA of rank 8, features by features."""
    import keras

    layer = keras.Sequential(
        [keras.layers.Dense(width, use_bias=False) for width in (RANK, case.features)]
    )
    layer.build((None, case.features))
    return _make_step(layer, layer.trainable_variables, make_inputs(case, tokens))


def matrix_rate_jax(case: Case, edge: int) -> Step:
    """Make one product of square matrices in float32: the device's matrix rate."""
    del case
    a, b = jax.random.normal(jax.random.key(0), (2, edge, edge))
    product = jax.jit(jax.numpy.matmul)
    return lambda: jax.block_until_ready(product(a, b))


def memory_rate_jax(case: Case, length: int) -> Step:
    """Make a step that reads and writes numbers that fit no cache: the device's bandwidth."""
    del case
    source = jax.random.normal(jax.random.key(0), (length,))
    negate = jax.jit(jax.numpy.negative)
    return lambda: jax.block_until_ready(negate(source))


def _make_circuit_step(case: Case, tokens: int, kernel: str) -> Step:
    layers, outputs = make_model(case, "native", kernel=kernel)
    return _make_step(outputs, [layer.theta for layer in layers], make_inputs(case, tokens))


def _make_step(outputs: Callable[[Any], Any], variables: Sequence[Any], x: Any) -> Step:
    """Make a step of Keras layers.

    Args:
        outputs: Function from the inputs to the layers' outputs.
        variables: Trained variables of the layers.
        x: Inputs (tokens, features).
    """
    import keras

    def loss(x: Any, weights: list[Any]) -> Any:
        with keras.StatelessScope(list(zip(variables, weights, strict=True))):
            return (outputs(x) ** 2).sum()

    gradient = jax.jit(jax.grad(loss, (0, 1)))
    x, weights = jax.numpy.asarray(x), [variable.value for variable in variables]
    return lambda: jax.block_until_ready(gradient(x, weights))
