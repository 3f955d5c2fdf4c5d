"""The training loop and what it leaves behind."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from qslc_study.training.batches import collate, in_batches, training_order
from qslc_study.training.examples import Example
from qslc_study.training.job import Report
from qslc_study.training.steps import Steps, mean_loss


@dataclass(frozen=True)
class Course:
    """A loss in nats per token and a wall time in seconds for each step.

    ``validation`` holds how many steps were done and the mean loss then, from step 0. Training
    stops where the loss is no longer a number.
    """

    losses: list[float] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)

    @property
    def diverged(self) -> bool:
        """Whether a loss is infinite or no number."""
        return not all(map(math.isfinite, self.losses))


def train(
    steps: Steps,
    parts: Mapping[str, list[Example]],
    settings: Mapping[str, Any],
    every: int,
    seed: int,
    report: Report,
) -> Course:
    """Trains, and looks at the validation data every few steps and at the end.

    Args:
        settings: ``training`` of the study.
        seed: of the order of the examples.
    """
    found, last = parts["train"], settings["steps"]
    order = training_order([len(example.tokens) for example in found], settings["batch"], seed)
    course = Course()

    def look(done: int) -> None:
        loss, _ = mean_loss(steps, in_batches(parts["validation"], settings["batch"]))
        course.validation.append((done, loss))

    look(0)
    for step in range(1, last + 1):
        batch = collate([found[position] for position in next(order)])
        begin = time.perf_counter()
        course.losses.append(steps.train(batch))
        course.seconds.append(time.perf_counter() - begin)
        report({"step": step, "loss": number(course.losses[-1])})
        if course.diverged:
            break
        if step % every == 0 or step == last:
            look(step)
    return course


def number(value: float) -> float | None:
    """The value as JSON has it: what is no finite number is null."""
    return value if math.isfinite(value) else None
