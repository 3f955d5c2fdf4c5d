"""Average the results of each arm over its seeds: estimates and loss curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from statistics import fmean
from typing import Any

from qslc_study.plan import Run
from qslc_study.results.measures import measure_convergence, measure_run
from qslc_study.results.statistics import Estimate, estimate


@dataclass(frozen=True)
class ArmRuns:
    """An arm's runs in the order of the seeds: records, measures, figures of convergence."""

    name: str
    runs: tuple[Run, ...]
    records: tuple[Mapping[str, Any], ...]
    measures: tuple[Mapping[str, float], ...]
    convergence: tuple[Mapping[str, float], ...]

    @property
    def diverged(self) -> int:
        """Number of runs that diverged. An arm with one has no estimates of quality."""
        return sum(record["diverged"] for record in self.records)

    def estimate_measures(self) -> dict[str, Estimate]:
        """Estimate each measure that every run has."""
        return _estimate_all(self.measures)

    def estimate_convergence(self) -> dict[str, Estimate]:
        """Estimate each figure of convergence that every run has."""
        return _estimate_all(self.convergence)


def collect_arm(
    name: str,
    runs: Sequence[Run],
    records: Mapping[str, Mapping[str, Any]],
    scores: Mapping[str, Mapping[str, float]],
    level: float,
) -> ArmRuns:
    """Return the runs of an arm with their records and figures."""
    own = tuple(run for run in runs if run.arm == name)
    found = tuple(records[run.key] for run in own)
    return ArmRuns(
        name,
        own,
        found,
        tuple(measure_run(records[run.key], scores.get(run.key, {})) for run in own),
        tuple({} if r["diverged"] else measure_convergence(r, level) for r in found),
    )


def _estimate_all(rows: Sequence[Mapping[str, float]]) -> dict[str, Estimate]:
    keys = [key for key in rows[0] if all(key in row for row in rows)]
    return {key: estimate([row[key] for row in rows]) for key in keys}


POINTS = 30
"""Points of a training curve, at most; each is the mean of the losses since the last."""


def average_curves(records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Average the curves of an arm, whose runs took the same number of steps."""
    steps = len(records[0]["losses"])
    ends = [round((point + 1) * steps / min(POINTS, steps)) for point in range(min(POINTS, steps))]
    looks = [step for step, _ in records[0]["validation"]]
    elapsed = [[0.0, *accumulate(record["seconds"])] for record in records]
    return {
        "train": {
            "steps": ends,
            **_make_band([_average_between(record["losses"], ends) for record in records]),
        },
        "validation": {
            "steps": looks,
            "seconds": [fmean(times[step] for times in elapsed) for step in looks],
            **_make_band([[loss for _, loss in record["validation"]] for record in records]),
        },
    }


def _average_between(losses: Sequence[float], ends: Sequence[int]) -> list[float]:
    """Return the means of the losses between the ends."""
    starts = [0, *ends[:-1]]
    return [fmean(losses[start:end]) for start, end in zip(starts, ends, strict=True)]


def _make_band(curves: Sequence[Sequence[float]]) -> dict[str, list[float | None]]:
    points = [estimate(values) for values in zip(*curves, strict=True)]
    return {
        "mean": [point.mean for point in points],
        "low": [point.low for point in points],
        "high": [point.high for point in points],
    }
