"""Measure a run: quality, cost, and how early and steadily it converges."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import fmean, median
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Measure:
    """A number for each run. ``better``: -1 where less is better, 1 where more is, 0 where none."""

    key: str
    name: str
    better: int
    digits: int
    kind: Literal["quality", "cost", "change"] = "quality"


MEASURES = (
    Measure("test_loss", "test loss", -1, 4),
    Measure("loss_all", "loss on all test pairs", -1, 4),
    Measure("loss_off_chip", "loss off the chip", -1, 4),
    Measure("perplexity", "perplexity", -1, 3),
    Measure("bleu", "BLEU", 1, 2),
    Measure("rouge1", "ROUGE-1", 1, 2),
    Measure("rouge2", "ROUGE-2", 1, 2),
    Measure("rougeL", "ROUGE-L", 1, 2),
    Measure("bertscore", "BERTScore", 1, 2),
    Measure("step_seconds", "s/step", -1, 3, "cost"),
    Measure("peak_mib", "peak MiB", -1, 0, "cost"),
    Measure("step_mib", "training MiB", -1, 0, "cost"),
    Measure("change_size", "size, %", 0, 1, "change"),
    Measure("change_rank", "directions", 0, 1, "change"),
)
QUALITY = ("test_loss", "bleu", "rougeL", "bertscore")
"""The measures whose differences are looked at pair by pair."""

CONVERGENCE = ("reach_steps", "reach_seconds", "early_loss", "early_jumps")
"""The figures of early convergence; less is better."""


def find_measure(key: str) -> Measure:
    """Return the measure of a key."""
    return next(each for each in MEASURES if each.key == key)


def measure_run(record: Mapping[str, Any], scores: Mapping[str, float]) -> dict[str, float]:
    """Return the measures of a run by key, without those that it does not have.

    ``step_seconds`` is the median; the first step is left out where there are more.
    ``step_mib`` is by how much training raised the peak of the process. ``change_size`` and
    ``change_rank`` are means over the projections.
    """
    seconds, memory = record["seconds"], record["memory"]
    found = {
        "step_seconds": median(seconds[1:] or seconds),
        "peak_mib": memory["peak"] / 2**20,
        "step_mib": (memory["peak"] - memory["before"]) / 2**20,
        **scores,
    }
    test = record["test"]
    if test and test["loss"] is not None:
        found["test_loss"] = test["loss"]
        found["perplexity"] = math.exp(min(test["loss"], 700.0))
        if test.get("all") is not None:
            found["loss_all"] = test["all"]
        if test.get("off_chip") is not None:
            found["loss_off_chip"] = test["off_chip"]
    changes = (record.get("changes") or {}).values()
    if changes and not any(None in change.values() for change in changes):
        found["change_size"] = 100 * fmean(change["size"] for change in changes)
        found["change_rank"] = fmean(change["rank"] for change in changes)
    return found


EARLY = 0.25
"""The share of the steps that counts as early."""


def choose_level(curves: Sequence[Sequence[tuple[int, float]]]) -> float:
    """Return the loss half-way from that before training to the final loss of the slowest run."""
    if not curves:
        return 0.0
    start = max(curve[0][1] for curve in curves)
    return (start + max(curve[-1][1] for curve in curves)) / 2


def measure_convergence(record: Mapping[str, Any], level: float) -> dict[str, float]:
    """Return the figures of early convergence of a run, without a level that was not reached.

    ``reach_steps``, ``reach_seconds``: steps, and wall time spent in them, until the validation
    loss falls to ``level``, by linear interpolation between looks. ``early_loss``: the mean of the
    validation loss over the first quarter of the steps (trapezoids). ``early_jumps``: root mean
    square of the change of the training loss from step to step in that quarter; runs of a seed see
    the same batches, so that arms differ only by how steadily they learn.
    """
    curve = [(step, loss) for step, loss in record["validation"] if loss is not None]
    last = record["identity"]["training"]["steps"]
    found = {"early_loss": _average_until(curve, EARLY * last)}
    jumps = [b - a for a, b in pairwise(record["losses"][: max(2, round(EARLY * last))])]
    found["early_jumps"] = math.sqrt(sum(jump**2 for jump in jumps) / len(jumps)) if jumps else 0.0
    steps = _find_arrival(curve, level)
    if steps is not None:
        elapsed = [0.0, *accumulate(record["seconds"])]
        whole = int(steps)
        rest = (steps - whole) * record["seconds"][whole] if whole < len(elapsed) - 1 else 0.0
        found |= {"reach_steps": steps, "reach_seconds": elapsed[whole] + rest}
    return found


def _find_arrival(curve: Sequence[tuple[int, float]], level: float) -> float | None:
    if curve and curve[0][1] <= level:
        return 0.0
    for (step, loss), (later, lower) in pairwise(curve):
        if lower <= level:
            return step + (later - step) * (loss - level) / (loss - lower)
    return None


def _average_until(curve: Sequence[tuple[int, float]], end: float) -> float:
    """Return the mean of a piecewise linear curve from its start to ``end``."""
    area, covered = 0.0, 0.0
    for (step, loss), (later, next_loss) in pairwise(curve):
        if step >= end:
            break
        stop = min(float(later), end)
        at_stop = loss + (next_loss - loss) * (stop - step) / (later - step)
        area += (stop - step) * (loss + at_stop) / 2
        covered = stop
    return area / covered if covered else curve[0][1]
