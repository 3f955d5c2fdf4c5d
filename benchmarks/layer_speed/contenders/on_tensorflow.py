"""A training step of Keras layers in TensorFlow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf


def training_step(
    outputs: Callable[[Any], Any], weights: Sequence[Any], x: Any, *, xla: bool = False
) -> Callable[[], object]:
    @tf.function(jit_compile=xla)
    def step(x: tf.Tensor) -> list[tf.Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(x)
            loss = tf.reduce_sum(tf.square(outputs(x)))
        return tape.gradient(loss, [x, *weights])

    x = tf.constant(x)
    return lambda: [gradient.numpy() for gradient in step(x)[1:]]
