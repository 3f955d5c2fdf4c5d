"""Steps as functions of TensorFlow, for batches of any shape, on one device."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import tensorflow as tf

from qslc_study.training.backends import Steps, SumLosses
from qslc_study.training.examples import Batch

PACKAGES = ("tensorflow",)

_SIGNATURE = Batch(
    tf.TensorSpec((None, None), tf.int32),
    tf.TensorSpec((None, None), tf.int32),
    tf.TensorSpec((None, 2), tf.int32),
    tf.TensorSpec((None,), tf.int32),
)


def make_steps(backbone: keras.Model, weights: list[Any], optimizer: Any) -> Steps:
    """Trace the functions, so that no step pays for it."""
    optimizer.build(weights)
    values = [weight.value for weight in weights]

    def train(batch: Batch) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            loss = tf.reduce_mean(_compute_losses(backbone, batch, training=True))
        optimizer.apply(tape.gradient(loss, values), weights)
        return loss

    return Steps(lambda _: None, _trace(train), make_sum(backbone))


def make_sum(backbone: keras.Model) -> SumLosses:
    """Trace the function that sums the losses of a batch; it needs no gradient."""
    return _trace(lambda batch: tf.reduce_sum(_compute_losses(backbone, batch, training=False)))


def _compute_losses(backbone: keras.Model, batch: Batch, *, training: bool) -> Any:
    inputs = {"token_ids": batch.ids, "padding_mask": batch.mask}
    hidden = tf.gather_nd(backbone(inputs, training=training), batch.places)
    logits = tf.cast(backbone.token_embedding(hidden, reverse=True), tf.float32)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(batch.labels, logits)


def _trace(function: Callable[[Batch], Any]) -> SumLosses:
    compiled = tf.function(function, input_signature=(_SIGNATURE,)).get_concrete_function()

    def call(batch: Batch) -> float:
        return float(compiled(*map(tf.constant, batch)))

    return call


@contextmanager
def divide(devices: Mapping[str, int] | None, load: Callable[[], Any]) -> Iterator[Any]:
    """Load the base on one device, which is all that a study asks of TensorFlow."""
    if devices:
        raise ValueError("under TensorFlow a run has one device")
    yield load()


def list_accelerators() -> list[str]:
    """List the names of the models of the GPUs that this process sees."""
    details = map(tf.config.experimental.get_device_details, tf.config.list_physical_devices("GPU"))
    return [each.get("device_name", "GPU") for each in details]


def measure_peak_memory() -> int | None:
    """Return the most memory of a GPU that was in use, in bytes; None where there is none."""
    if not tf.config.list_physical_devices("GPU"):
        return None
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
