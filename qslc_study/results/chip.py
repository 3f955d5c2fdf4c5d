"""Estimate what is left of trained sublayers on their chip, under each condition of a test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from qslc_study.results.arms import ArmRuns
from qslc_study.results.statistics import estimate


def estimate_conditions(arms: Sequence[ArmRuns]) -> list[dict[str, Any]]:
    """Estimate the loss and the kept gain of each arm under each condition of its chip.

    The gain of a run is by how much training lowered the test loss on the engine that trained; the
    kept gain is the part of it that is left on the chip, below 0 where the chip is worse than no
    sublayer at all.
    """
    return [found for arm in arms if not arm.diverged for found in _estimate_arm(arm)]


def _estimate_arm(arm: ArmRuns) -> Iterator[dict[str, Any]]:
    tests = [record["test"] for record in arm.records]
    if not all(test and test.get("conditions") and _has_gain(test) for test in tests):
        return
    for runs in zip(*(test["conditions"] for test in tests), strict=True):
        losses = [run["loss"] for run in runs]
        if None in losses:
            continue
        yield {
            "arm": arm.name,
            "shots": runs[0]["shots"],
            "calibrate": runs[0]["calibrate"],
            "loss": asdict(estimate(losses)),
            "kept": asdict(estimate(list(map(_compute_kept, tests, losses)))),
        }


def _has_gain(test: Mapping[str, Any]) -> bool:
    return None not in (test["untrained"], test["off_chip"]) and bool(
        test["off_chip"] < test["untrained"]
    )


def _compute_kept(test: Mapping[str, Any], loss: float) -> float:
    return float((test["untrained"] - loss) / (test["untrained"] - test["off_chip"]))
