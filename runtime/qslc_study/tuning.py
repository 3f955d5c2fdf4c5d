"""The learning rate of each arm: the one with the lowest validation loss at the end."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from qslc_study.plan import Run
from qslc_study.spec.model import Study

Records = Mapping[str, Mapping[str, Any]]


def chosen_rates(study: Study, runs: Iterable[Run], records: Records) -> dict[str, float]:
    """The rate of each arm, in the order of the study; the only one where there is one."""
    losses: dict[str, dict[float, float]] = {}
    for run in runs:
        losses.setdefault(run.arm, {})[run.learning_rate] = final_loss(records[run.key])
    return {
        arm: min(losses[arm], key=losses[arm].__getitem__)
        if arm in losses
        else method.learning_rates[0]
        for arm, method in study.methods.items()
    }


def final_loss(record: Mapping[str, Any]) -> float:
    """The last validation loss of a run; infinity if it diverged."""
    last = record["validation"][-1][1]
    return math.inf if record["diverged"] or last is None else float(last)
