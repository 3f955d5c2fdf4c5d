"""Loss curves: the mean over seeds and its band, against steps and against wall time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from statistics import fmean
from typing import Any

from qslc_study.results.statistics import estimate

POINTS = 30
"""Points of a training curve, at most; each is the mean of the losses since the last."""


def curves(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The curves of an arm, whose runs took the same number of steps."""
    steps = len(records[0]["losses"])
    ends = [round((point + 1) * steps / min(POINTS, steps)) for point in range(min(POINTS, steps))]
    looks = [step for step, _ in records[0]["validation"]]
    elapsed = [[0.0, *accumulate(record["seconds"])] for record in records]
    return {
        "train": {
            "steps": ends,
            **_band([_means(record["losses"], ends) for record in records]),
        },
        "validation": {
            "steps": looks,
            "seconds": [fmean(times[step] for times in elapsed) for step in looks],
            **_band([[loss for _, loss in record["validation"]] for record in records]),
        },
    }


def _means(losses: Sequence[float], ends: Sequence[int]) -> list[float]:
    """Means of the losses between the ends."""
    starts = [0, *ends[:-1]]
    return [fmean(losses[start:end]) for start, end in zip(starts, ends, strict=True)]


def _band(curves: Sequence[Sequence[float]]) -> dict[str, list[float | None]]:
    points = [estimate(values) for values in zip(*curves, strict=True)]
    return {
        "mean": [point.mean for point in points],
        "low": [point.low for point in points],
        "high": [point.high for point in points],
    }
