"""Train: a schedule of the learning rate, losses, the course of a run."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras
from keras import ops

from qslc.diagnostics import Diagnostic, InputError
from qslc_study.training import Report
from qslc_study.training.backends import Steps, SumLosses
from qslc_study.training.examples import Batch, Example, batch_by_length, collate, order_batches


def average_loss(sum_losses: SumLosses, batches: Iterable[Batch]) -> tuple[float, int]:
    """Return the mean loss over all target tokens of the batches, and how many there are."""
    sums = [(sum_losses(batch), len(batch.labels)) for batch in batches]
    tokens = sum(count for _, count in sums)
    return sum(loss for loss, _ in sums) / tokens, tokens


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
    stops where the loss is no longer a number. ``preparing`` holds the seconds before each step in
    which it was made ready; they are not in ``seconds``.
    """

    losses: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    preparing: list[float] = field(default_factory=list)
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
        start = time.perf_counter()
        steps.prepare(batch)
        begin = time.perf_counter()
        course.preparing.append(begin - start)
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
