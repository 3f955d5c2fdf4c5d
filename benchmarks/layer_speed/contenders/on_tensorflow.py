"""Contenders in TensorFlow: layers of Keras, and the rate of matrix products."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders import Step, models


def train(
    case: Case, tokens: int, *, model: str = "circuit", xla: bool = False, **options: Any
) -> Step:
    """Make a step of layers of Keras; ``xla`` compiles it."""
    variables, compute_outputs = models.MODELS[model](case, **options)

    @tf.function(jit_compile=xla)
    def step(x: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(compute_outputs(x)))
        return tape.gradient(loss, [x, *(variable.value for variable in variables)])

    x = tf.constant(models.make_inputs(case, tokens))
    return lambda: [gradient.numpy() for gradient in step(x)[1:]]


def evaluate(case: Case, tokens: int, **options: Any) -> Step:
    """Make a step of generated layers, forward alone."""
    _, compute_outputs = models.make_circuit(case, **options)
    x = models.make_inputs(case, tokens)
    return lambda: compute_outputs(x)


def multiply_matrices(case: Case, edge: int) -> Step:
    """Make one product of square matrices in float32: the machine's matrix rate."""
    del case
    a, b = tf.random.normal((2, edge, edge))
    return lambda: (a @ b).numpy()
