"""Which places are worth a search: those from which a quick one takes the first block well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from qslc.lower.layout import Trial
from qslc.lower.objective import Cost, balance
from qslc.lower.synthesis.beam import Found, is_behind, search
from qslc.lower.synthesis.cuts import cuts
from qslc.lower.synthesis.lengths import STEINER, total_length
from qslc.lower.synthesis.problem import Problem
from qslc.lower.synthesis.rotations import RotationForm
from qslc.lower.synthesis.settings import first_settings
from qslc.lower.synthesis.strings import strings
from qslc.spec.model import Objective

ENTRANTS, AHEAD = 5, 3
"""How many trials run, and the layers of the strings by which they are chosen."""

LAYERS, FRAMES, EFFORT = 2, 2, 1_000_000
"""Layers of a heat, frames that it keeps, and words of bits that it may look at."""

_LAST: Cost = (float("inf"),)


@dataclass(frozen=True)
class _Heat:
    """A trial and what a quick search for the first block found there."""

    trial: Trial
    found: Found
    cost: Cost


def promising(
    problem: Problem, trials: Sequence[Trial], objective: Objective
) -> tuple[list[Trial], int]:
    """The trials that no other is far ahead of, the best first, and the effort it took."""
    heats: list[_Heat] = []
    for trial in _entrants(problem.form, trials):
        heats.append(_heat(problem, trial, heats, objective))
    ends = [heat.found.milestones[-1] for heat in heats if heat.found.milestones]
    ranked = sorted(heats, key=lambda heat: heat.cost)
    unbeaten = [
        heat
        for heat in ranked
        if heat.found.milestones and not is_behind(heat.found.milestones[-1], ends)
    ]
    effort = sum(heat.found.effort for heat in heats)
    return [heat.trial for heat in unbeaten or ranked], effort


def _entrants(form: RotationForm, trials: Sequence[Trial]) -> list[Trial]:
    """The trials from whose places the strings of the first layers are shortest."""
    places: dict[object, Trial] = {}
    for trial in trials:
        start = tuple(trial.region[place] for place in trial.start)
        places.setdefault((frozenset(trial.region), start), trial)
    return sorted(places.values(), key=lambda trial: _length(form, trial))[:ENTRANTS]


def _length(form: RotationForm, trial: Trial) -> float:
    """Of the strings of the first layers that are not on one qubit each from the start."""
    axes = strings(RotationForm(form.layers[:AHEAD], ()), trial.start, trial.graph.size)
    return float(total_length((axes.x | axes.z)[None], cuts(trial.graph), STEINER).sum())


def _heat(problem: Problem, trial: Trial, before: Sequence[_Heat], objective: Objective) -> _Heat:
    axes = strings(RotationForm(problem.form.layers[:LAYERS], ()), trial.start, trial.graph.size)
    settings = replace(first_settings(objective), width=FRAMES)
    rivals = [heat.found.milestones for heat in before]
    found = search(trial.graph, problem.letters, axes, settings, EFFORT, rivals)
    cost = balance(*found.milestones[-1], objective) if found.milestones else _LAST
    return _Heat(trial, found, cost)
