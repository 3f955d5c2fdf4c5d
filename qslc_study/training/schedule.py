"""The course of the learning rate."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


class Schedule(keras.optimizers.schedules.LearningRateSchedule):  # type: ignore[misc]
    """Rises linearly over ``warmup`` steps to ``peak``; stays, or falls to zero after ``steps``."""

    def __init__(self, kind: str, steps: int, warmup: int, peak: float = 1.0) -> None:
        super().__init__()
        self.kind, self.steps, self.warmup, self.peak = kind, steps, warmup, peak

    def __call__(self, step: Any) -> Any:
        """The rate at a step, counted from 0."""
        done = ops.cast(step, "float32")
        rise = self.peak * ops.minimum((done + 1) / (self.warmup + 1), 1.0)
        share = ops.clip((done - self.warmup) / (self.steps - self.warmup), 0.0, 1.0)
        if self.kind == "linear":
            return rise * (1 - share)
        if self.kind == "cosine":
            return rise * 0.5 * (1 + ops.cos(math.pi * share))
        return rise

    def get_config(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "steps": self.steps,
            "warmup": self.warmup,
            "peak": self.peak,
        }
