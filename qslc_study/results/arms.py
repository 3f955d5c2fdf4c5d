"""Average the results of each arm over its seeds, and compare arms seed by seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate, combinations, product
from statistics import fmean
from typing import Any

from qslc_study.plan import Run
from qslc_study.results.measures import CONVERGENCE, QUALITY, find_measure
from qslc_study.results.statistics import are_apart, compare_paired, estimate
from qslc_study.spec.methods import Role, find_method

Figures = Sequence[Mapping[str, float]]
"""Figures of each run of an arm by key, in the order of the seeds."""


@dataclass(frozen=True)
class ArmRuns:
    """An arm's runs in the order of the seeds: records, measures, figures of convergence."""

    name: str
    runs: Sequence[Run]
    records: Sequence[Mapping[str, Any]]
    measures: Figures
    convergence: Figures

    @property
    def diverged(self) -> int:
        """Number of runs that diverged. An arm with one has no estimates of quality."""
        return sum(record["diverged"] for record in self.records)

    @property
    def is_quantum(self) -> bool:
        """Tell whether the method of the arm is a quantum one."""
        return find_method(self.runs[0].identity["arm"]["method"]).role is Role.QUANTUM


def estimate_all(rows: Figures) -> dict[str, dict[str, Any]]:
    """Estimate each figure that every run has."""
    keys = [key for key in rows[0] if all(key in row for row in rows)]
    return {key: asdict(estimate([row[key] for row in rows])) for key in keys}


POINTS = 30
"""Points of a training curve, at most; each is the mean of the losses since the last."""


def average_curves(records: Sequence[Mapping[str, Any]], *, timed: bool) -> dict[str, Any]:
    """Average the curves of an arm, whose runs took the same number of steps.

    Args:
        timed: Whether to average the times too, which are those of machines of one kind.
    """
    steps = len(records[0]["losses"])
    count = min(POINTS, steps)
    ends = [round((point + 1) * steps / count) for point in range(count)]
    looks = [step for step, _ in records[0]["validation"]]
    elapsed = [[0.0, *accumulate(record["seconds"])] for record in records]
    spans = list(zip([0, *ends[:-1]], ends, strict=True))
    means = [[fmean(record["losses"][a:b]) for a, b in spans] for record in records]
    return {
        "train": {"steps": ends, **_make_band(means)},
        "validation": {
            "steps": looks,
            **({"seconds": [fmean(s[step] for s in elapsed) for step in looks]} if timed else {}),
            **_make_band([[loss for _, loss in record["validation"]] for record in records]),
        },
    }


def _make_band(curves: Sequence[Sequence[float]]) -> dict[str, list[float | None]]:
    points = [estimate(values) for values in zip(*curves, strict=True)]
    return {end: [getattr(point, end) for point in points] for end in ("mean", "low", "high")}


def compare_arms(arms: Sequence[ArmRuns]) -> list[dict[str, Any]]:
    """Compare every pair of arms, in each measure of quality that both have, paired by seed."""
    return [
        {
            **_compare(first, second, key, *values),
            "better": find_measure(key).better,
            "intervals_apart": are_apart(*map(estimate, values)),
        }
        for first, second in combinations(arms, 2)
        for key in QUALITY
        if (values := _find_values(first.measures, second.measures, key))
    ]


def compare_early(arms: Sequence[ArmRuns]) -> list[dict[str, Any]]:
    """Compare the early convergence of every quantum arm with every other; less is better."""
    quantum = [arm for arm in arms if arm.is_quantum]
    others = [arm for arm in arms if not arm.is_quantum]
    return [
        {"better": -1, **_compare(first, second, key, *values)}
        for first, second in product(quantum, others)
        for key in CONVERGENCE
        if (values := _find_values(first.convergence, second.convergence, key))
    ]


def _find_values(first: Figures, second: Figures, key: str) -> list[list[float]] | None:
    if not all(key in row for row in (*first, *second)):
        return None
    return [[row[key] for row in rows] for rows in (first, second)]


def _compare(
    first: ArmRuns, second: ArmRuns, key: str, ours: list[float], theirs: list[float]
) -> dict[str, Any]:
    found = compare_paired(ours, theirs)
    return {
        "first": first.name,
        "second": second.name,
        "measure": key,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "exceeds_spread": found.excludes_zero,
    }
