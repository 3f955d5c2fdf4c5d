"""Compare arms: which differences are larger than the spread of the seeds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from qslc_study.results.arms import ArmRuns
from qslc_study.results.measures import QUALITY, find_measure
from qslc_study.results.statistics import are_apart, compare_paired, estimate
from qslc_study.spec.methods import Role, find_method


def compare_arms(arms: Sequence[ArmRuns]) -> list[dict[str, Any]]:
    """Compare every pair of arms, in each measure of quality that both have, paired by seed."""
    return [
        _compare_quality(first.name, second.name, key, *values)
        for first, second in combinations(arms, 2)
        for key in QUALITY
        if (values := _find_values(first.measures, second.measures, key))
    ]


def compare_early(arms: Sequence[ArmRuns]) -> list[dict[str, Any]]:
    """Compare the early convergence of every quantum arm with every other; less is better."""
    return [
        {"better": -1, **_compare(first.name, second.name, key, *values)}
        for first, second in _pair_with_others(arms)
        for key in ("reach_steps", "reach_seconds", "early_loss", "early_jumps")
        if (values := _find_values(first.convergence, second.convergence, key))
    ]


def _pair_with_others(arms: Sequence[ArmRuns]) -> Iterator[tuple[ArmRuns, ArmRuns]]:
    quantum = [arm for arm in arms if _is_quantum(arm)]
    others = [arm for arm in arms if not _is_quantum(arm)]
    return ((first, second) for first in quantum for second in others)


def _is_quantum(arm: ArmRuns) -> bool:
    return find_method(arm.runs[0].identity["arm"]["method"]).role is Role.QUANTUM


def _find_values(
    first: Sequence[Mapping[str, float]], second: Sequence[Mapping[str, float]], key: str
) -> tuple[list[float], list[float]] | None:
    if not all(key in row for row in (*first, *second)):
        return None
    return [row[key] for row in first], [row[key] for row in second]


def _compare_quality(
    first: str, second: str, key: str, ours: list[float], theirs: list[float]
) -> dict[str, Any]:
    compared = _compare(first, second, key, ours, theirs)
    return {
        **compared,
        "better": find_measure(key).better,
        "intervals_apart": are_apart(estimate(ours), estimate(theirs)),
    }


def _compare(
    first: str, second: str, key: str, ours: list[float], theirs: list[float]
) -> dict[str, Any]:
    found = compare_paired(ours, theirs)
    return {
        "first": first,
        "second": second,
        "measure": key,
        "mean": found.mean,
        "low": found.low,
        "high": found.high,
        "exceeds_spread": found.excludes_zero,
    }
