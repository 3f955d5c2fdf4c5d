"""Estimate means over seeds with Student's intervals, and find the front of quality."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over seeds with its 95 % confidence interval; None where one seed gives none."""

    mean: float
    low: float | None
    high: float | None
    deviation: float | None
    values: tuple[float, ...]

    @property
    def excludes_zero(self) -> bool:
        """Tell whether the interval says that the mean is not zero."""
        return self.low is not None and self.high is not None and self.low * self.high > 0


def estimate(values: Sequence[float]) -> Estimate:
    """Return the mean of independent values and Student's t interval of it."""
    mean, count = fmean(values), len(values)
    if count < 2:
        return Estimate(mean, None, None, None, tuple(values))
    from scipy.stats import t

    deviation = stdev(values)
    half = float(t.ppf((1 + LEVEL) / 2, count - 1)) * deviation / math.sqrt(count)
    return Estimate(mean, mean - half, mean + half, deviation, tuple(values))


def compare_paired(first: Sequence[float], second: Sequence[float]) -> Estimate:
    """Estimate first minus second, paired: position for position the same seed."""
    return estimate([a - b for a, b in zip(first, second, strict=True)])


def are_apart(first: Estimate, second: Estimate) -> bool:
    """Return whether two intervals do not touch."""
    if first.low is None or first.high is None or second.low is None or second.high is None:
        return False
    return first.high < second.low or second.high < first.low


def find_front(parameters: Mapping[str, int], losses: Mapping[str, float]) -> list[str]:
    """Return the arms that no other arm with as few parameters beats, by rising parameters."""
    front: list[str] = []
    best = float("inf")
    for arm in sorted(losses, key=lambda arm: (parameters[arm], losses[arm])):
        if losses[arm] < best:
            best = losses[arm]
            front.append(arm)
    return front
