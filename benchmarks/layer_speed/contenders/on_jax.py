"""Contenders in JAX: layers of Keras, and the rates of the device."""

from __future__ import annotations

import os
from typing import Any

os.environ["KERAS_BACKEND"] = "jax"

import jax
import keras

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders import Step, models


def train(case: Case, tokens: int, *, model: str = "circuit", **options: Any) -> Step:
    """Make a step of layers of Keras."""
    variables, compute_outputs = models.MODELS[model](case, **options)

    def compute_loss(x: Any, weights: list[Any]) -> Any:
        with keras.StatelessScope(list(zip(variables, weights, strict=True))):
            return (compute_outputs(x) ** 2).sum()

    gradient = jax.jit(jax.grad(compute_loss, (0, 1)))
    weights = [variable.value for variable in variables]
    x = jax.numpy.asarray(models.make_inputs(case, tokens))
    return lambda: jax.block_until_ready(gradient(x, weights))


def multiply_matrices(case: Case, edge: int) -> Step:
    """Make one product of square matrices in float32: the device's matrix rate."""
    del case
    a, b = jax.random.normal(jax.random.key(0), (2, edge, edge))
    product = jax.jit(jax.numpy.matmul)
    return lambda: jax.block_until_ready(product(a, b))


def negate_memory(case: Case, length: int) -> Step:
    """Make a step that reads and writes numbers that fit no cache: the device's bandwidth."""
    del case
    source = jax.random.normal(jax.random.key(0), (length,))
    negate = jax.jit(jax.numpy.negative)
    return lambda: jax.block_until_ready(negate(source))
