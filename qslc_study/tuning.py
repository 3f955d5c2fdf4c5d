"""The rates, and the arms, that are compared: those with the lowest validation loss at the end."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qslc_study.plan import Run
from qslc_study.spec.model import Study

Records = Mapping[str, Mapping[str, Any]]


def chosen_rates(study: Study, runs: Iterable[Run], records: Records) -> dict[str, float]:
    """The arms that are compared, in the order of the study, and the rate of each.

    Of arms of which one is chosen, it is the one with the best run.
    """
    losses: dict[str, dict[float, float]] = {}
    for run in runs:
        losses.setdefault(run.arm, {})[run.learning_rate] = final_loss(records[run.key])
    chosen = {_best(names, losses) for names in study.contenders}
    return {
        arm: min(losses[arm], key=losses[arm].__getitem__)
        if arm in losses
        else method.learning_rates[0]
        for arm, method in study.methods.items()
        if arm in chosen
    }


def _best(names: Sequence[str], losses: Mapping[str, Mapping[float, float]]) -> str:
    if len(names) == 1:
        return names[0]
    return min(names, key=lambda name: min(losses[name].values()))


def final_loss(record: Mapping[str, Any]) -> float:
    """The last validation loss of a run; infinity if it diverged."""
    last = record["validation"][-1][1]
    return math.inf if record["diverged"] or last is None else float(last)
