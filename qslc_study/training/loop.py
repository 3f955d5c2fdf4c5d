"""Train: steps as TensorFlow functions, a schedule of the learning rate, losses."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.training import Report
from qslc_study.training.examples import Batch, Example, batch_by_length, collate, order_batches

_SIGNATURE = Batch(
    tf.TensorSpec((None, None), tf.int32),
    tf.TensorSpec((None, None), tf.int32),
    tf.TensorSpec((None, 2), tf.int32),
    tf.TensorSpec((None,), tf.int32),
)


@dataclass(frozen=True)
class Steps:
    """A step that changes the weights and returns the mean loss, and one that sums the losses.

    Losses are in nats per target token, the end token included. Outputs are computed at the
    places of target tokens only.
    """

    train: Callable[[Batch], float]
    sum_losses: Callable[[Batch], float]


def make_steps(backbone: keras.Model, weights: list[Any], optimizer: Any) -> Steps:
    """Trace both functions, so that no step pays for it."""
    optimizer.build(weights)
    values = [weight.value for weight in weights]

    def train(batch: Batch) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(values)
            loss = tf.reduce_mean(_compute_losses(backbone, batch, training=True))
        optimizer.apply(tape.gradient(loss, values), weights)
        return loss

    return Steps(_trace(train), make_sum(backbone))


def make_sum(backbone: keras.Model) -> Callable[[Batch], float]:
    """Trace the function that sums the losses of a batch; it needs no gradient."""
    return _trace(lambda batch: tf.reduce_sum(_compute_losses(backbone, batch, training=False)))


def _compute_losses(backbone: keras.Model, batch: Batch, *, training: bool) -> Any:
    inputs = {"token_ids": batch.ids, "padding_mask": batch.mask}
    hidden = tf.gather_nd(backbone(inputs, training=training), batch.places)
    logits = tf.cast(backbone.token_embedding(hidden, reverse=True), tf.float32)
    return tf.nn.sparse_softmax_cross_entropy_with_logits(batch.labels, logits)


def average_loss(
    sum_losses: Callable[[Batch], float], batches: Iterable[Batch]
) -> tuple[float, int]:
    """Return the mean loss over all target tokens of the batches, and how many there are."""
    sums = [(sum_losses(batch), len(batch.labels)) for batch in batches]
    tokens = sum(count for _, count in sums)
    return sum(loss for loss, _ in sums) / tokens, tokens


def _trace(function: Callable[[Batch], Any]) -> Callable[[Batch], float]:
    compiled = tf.function(function, input_signature=(_SIGNATURE,)).get_concrete_function()

    def call(batch: Batch) -> float:
        return float(compiled(*map(tf.constant, batch)))

    return call


class Schedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """A rate that rises linearly over ``warmup`` steps to ``peak``, and then follows its ``kind``.

    It stays ("constant"), or falls to zero at ``steps`` ("linear", "cosine").
    """

    def __init__(self, kind: str, steps: int, warmup: int, peak: float = 1.0) -> None:
        super().__init__()
        self.kind, self.steps, self.warmup, self.peak = kind, steps, warmup, peak

    def __call__(self, step: Any) -> Any:
        """Return the rate at a step, counted from 0."""
        done = ops.cast(step, "float32")
        rise = self.peak * ops.minimum((done + 1) / (self.warmup + 1), 1.0)
        share = ops.clip((done - self.warmup) / (self.steps - self.warmup), 0.0, 1.0)
        if self.kind == "linear":
            return rise * (1 - share)
        if self.kind == "cosine":
            return rise * 0.5 * (1 + ops.cos(math.pi * share))
        if self.kind == "constant":
            return rise
        raise InputError(Diagnostic(f"no schedule is called {self.kind}"))

    def get_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("kind", "steps", "warmup", "peak")}


@dataclass(frozen=True)
class Course:
    """The course of a run: a loss in nats per token and a wall time in seconds for each step.

    ``validation`` holds how many steps were done and the mean loss then, from step 0. Training
    stops where the loss is no longer a number.
    """

    losses: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)

    @property
    def diverged(self) -> bool:
        """Tell whether a loss is infinite or no number."""
        return not all(map(math.isfinite, self.losses))


def train(
    steps: Steps,
    parts: Mapping[str, list[Example]],
    settings: Mapping[str, Any],
    every: int,
    seed: int,
    report: Report,
) -> Course:
    """Train, and evaluate the validation data every few steps and at the end.

    Args:
        settings: ``training`` of the study.
        seed: Random seed of the order of the examples.
    """
    found, last = parts["train"], settings["steps"]
    order = order_batches([len(example.tokens) for example in found], settings["batch"], seed)
    course = Course()

    def evaluate(done: int) -> None:
        loss, _ = average_loss(
            steps.sum_losses, batch_by_length(parts["validation"], settings["batch"])
        )
        course.validation.append((done, loss))

    evaluate(0)
    for step in range(1, last + 1):
        batch = collate([found[position] for position in next(order)])
        begin = time.perf_counter()
        course.losses.append(steps.train(batch))
        course.seconds.append(time.perf_counter() - begin)
        report({"step": step, "loss": encode_number(course.losses[-1])})
        if course.diverged:
            break
        if step % every == 0 or step == last:
            evaluate(step)
    return course


def encode_number(value: float) -> float | None:
    """Return the value as JSON has it: what is no finite number is null."""
    return value if math.isfinite(value) else None
