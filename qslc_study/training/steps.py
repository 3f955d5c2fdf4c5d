"""A training step and a loss as TensorFlow functions of any batch's shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import keras
import tensorflow as tf

from qslc_study.training.batches import Batch

_SIGNATURE = Batch(
    tf.TensorSpec((None, None), tf.int32),
    tf.TensorSpec((None, None), tf.int32),
    tf.TensorSpec((None, 2), tf.int32),
    tf.TensorSpec((None,), tf.int32),
)


@dataclass(frozen=True)
class Steps:
    """``train`` changes the weights and returns the batch's mean loss; ``total`` the summed loss.

    Losses are in nats per target token, the end token included. Outputs are computed at the
    places of target tokens only.
    """

    train: Callable[[Batch], float]
    total: Callable[[Batch], float]


def make_steps(backbone: keras.Model, weights: list[Any], optimizer: Any) -> Steps:
    """Traces both functions, so that no step pays for it."""
    optimizer.build(weights)
    values = [weight.value for weight in weights]

    def losses(batch: Batch, training: bool) -> Any:
        inputs = {"token_ids": batch.ids, "padding_mask": batch.mask}
        hidden = tf.gather_nd(backbone(inputs, training=training), batch.places)
        logits = tf.cast(backbone.token_embedding(hidden, reverse=True), tf.float32)
        return tf.nn.sparse_softmax_cross_entropy_with_logits(batch.labels, logits)

    def train(batch: Batch) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            loss = tf.reduce_mean(losses(batch, True))
        optimizer.apply(tape.gradient(loss, values), weights)
        return loss

    def total(batch: Batch) -> Any:
        return tf.reduce_sum(losses(batch, False))

    return Steps(_traced(train), _traced(total))


def mean_loss(steps: Steps, batches: Iterable[Batch]) -> tuple[float, int]:
    """The mean loss over all target tokens of the batches, and how many there are."""
    sums = [(steps.total(batch), len(batch.labels)) for batch in batches]
    tokens = sum(count for _, count in sums)
    return sum(loss for loss, _ in sums) / tokens, tokens


def _traced(function: Callable[[Batch], Any]) -> Callable[[Batch], float]:
    compiled = tf.function(function, input_signature=(_SIGNATURE,)).get_concrete_function()

    def call(batch: Batch) -> float:
        return float(compiled(*map(tf.constant, batch)))

    return call
