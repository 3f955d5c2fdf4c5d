"""How early and how steadily a run converges."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any

EARLY = 0.25
"""The share of the steps that counts as early."""


def level_of(curves: Sequence[Sequence[tuple[int, float]]]) -> float:
    """Half-way from the loss before training to the final loss of the slowest run."""
    start = max(curve[0][1] for curve in curves)
    return (start + max(curve[-1][1] for curve in curves)) / 2


def convergence(record: Mapping[str, Any], level: float) -> dict[str, float]:
    """Early convergence of a run; a level that was not reached is left out.

    ``reach_steps``, ``reach_seconds``: steps, and wall time spent in them, until the validation
    loss falls to ``level``, by linear interpolation between looks. ``early_loss``: the mean of the
    validation loss over the first quarter of the steps (trapezoids). ``early_jumps``: root mean
    square of the change of the training loss from step to step in that quarter; runs of a seed see
    the same batches, so that arms differ only by how steadily they learn.
    """
    curve = [(step, loss) for step, loss in record["validation"] if loss is not None]
    last = record["identity"]["training"]["steps"]
    found = {"early_loss": _mean_until(curve, EARLY * last)}
    jumps = [b - a for a, b in pairwise(record["losses"][: max(2, round(EARLY * last))])]
    found["early_jumps"] = math.sqrt(sum(jump**2 for jump in jumps) / len(jumps)) if jumps else 0.0
    steps = _arrival(curve, level)
    if steps is not None:
        elapsed = [0.0, *accumulate(record["seconds"])]
        whole = int(steps)
        rest = (steps - whole) * record["seconds"][whole] if whole < len(elapsed) - 1 else 0.0
        found |= {"reach_steps": steps, "reach_seconds": elapsed[whole] + rest}
    return found


def _arrival(curve: Sequence[tuple[int, float]], level: float) -> float | None:
    if curve and curve[0][1] <= level:
        return 0.0
    for (step, loss), (later, lower) in pairwise(curve):
        if lower <= level:
            return step + (later - step) * (loss - level) / (loss - lower)
    return None


def _mean_until(curve: Sequence[tuple[int, float]], end: float) -> float:
    """The mean of a piecewise linear curve from its start to ``end``."""
    area, covered = 0.0, 0.0
    for (step, loss), (later, next_loss) in pairwise(curve):
        if step >= end:
            break
        stop = min(float(later), end)
        at_stop = loss + (next_loss - loss) * (stop - step) / (later - step)
        area += (stop - step) * (loss + at_stop) / 2
        covered = stop
    return area / covered if covered else curve[0][1]
