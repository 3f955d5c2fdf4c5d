"""Contenders in TensorFlow: layers of Keras, and the rate of matrix products."""

from __future__ import annotations

from typing import Any

import tensorflow as tf

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders import Step, models


def train_circuit(case: Case, tokens: int, *, xla: bool = False, **options: Any) -> Step:
    """Make a step of generated layers; ``xla`` compiles it."""
    return _make_step(models.make_circuit(case, **options), models.make_inputs(case, tokens), xla)


def evaluate_circuit(case: Case, tokens: int, **options: Any) -> Step:
    """Make a step of generated layers, forward alone."""
    _, compute_outputs = models.make_circuit(case, **options)
    x = models.make_inputs(case, tokens)
    return lambda: compute_outputs(x)


def train_dense(case: Case, tokens: int) -> Step:
    """Make a step of a frozen dense layer."""
    return _make_step(models.make_dense(case), models.make_inputs(case, tokens))


def train_lora(case: Case, tokens: int) -> Step:
    """Make a step of LoRA."""
    return _make_step(models.make_lora(case), models.make_inputs(case, tokens))


def multiply_matrices(case: Case, edge: int) -> Step:
    """Make one product of square matrices in float32: the machine's matrix rate."""
    del case
    a, b = tf.random.normal((2, edge, edge))
    return lambda: (a @ b).numpy()


def _make_step(model: models.Model, x: Any, xla: bool = False) -> Step:
    variables, compute_outputs = model

    @tf.function(jit_compile=xla)
    def step(x: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(compute_outputs(x)))
        return tape.gradient(loss, [x, *(variable.value for variable in variables)])

    x = tf.constant(x)
    return lambda: [gradient.numpy() for gradient in step(x)[1:]]
