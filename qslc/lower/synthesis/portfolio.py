"""Candidates from searches that differ in place and in what they weigh, within a fixed effort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from qslc.ir.program import Program
from qslc.lower.candidate import Candidate
from qslc.lower.layout import Trial
from qslc.lower.objective import Cost, balance
from qslc.lower.synthesis.beam import Found, Settings, search
from qslc.lower.synthesis.moves import alphabet
from qslc.lower.synthesis.replay import replayed
from qslc.lower.synthesis.rotations import RotationForm, rotation_form
from qslc.lower.synthesis.strings import strings
from qslc.spec.model import Objective

NARROW = 6
"""Frames that the first searches keep."""

BEST = 2
"""Trials that are searched further."""

FINALISTS = 3
"""Circuits that are written out."""


def variants(objective: Objective) -> tuple[Settings, ...]:
    """What a search may weigh, the most promising first."""
    if objective == "depth":
        return (
            Settings(width=24),
            Settings(width=24, holes=0.3),
            Settings(width=24, depth=0.5, spread=0.05),
            Settings(width=24, depth=2.0, spread=0.2),
            Settings(width=24, holes=1.0, ahead=(0.4,)),
            Settings(width=24, holes=0.5, ahead=(0.2, 0.1)),
            Settings(width=64),
            Settings(width=64, holes=0.3),
        )
    return (
        Settings(width=24, depth=0.1, spread=0.02, gate=1.0),
        Settings(width=24, depth=0.2, spread=0.05, holes=0.3, gate=1.0),
        Settings(width=24, depth=0.5, spread=0.05, gate=1.0),
        Settings(width=24, depth=0.1, spread=0.02, ahead=(0.4,), gate=1.0),
        Settings(width=64, depth=0.1, spread=0.02, gate=1.0),
    )


def synthesised(
    program: Program, trials: Sequence[Trial], size: int, effort: int, objective: Objective
) -> Iterator[Candidate]:
    """The best circuits that searches find, on a device of ``size`` qubits.

    First a narrow search for each trial, then wider ones from where these ended best, until the
    effort, in words of bits, is spent.
    """
    if not effort:
        return
    form = rotation_form(program)
    letters = alphabet(form, program.operations)
    found: list[tuple[Cost, Trial, Found]] = []
    for trial, settings in _runs(trials, found, objective):
        axes = strings(form, trial.start, trial.graph.size)
        result = search(trial.graph, letters, axes, settings, effort)
        effort -= result.effort
        if result.moves is not None:
            found.append((balance(result.depth, len(result.moves), objective), trial, result))
        if effort <= 0:
            break
    for _, trial, result in sorted(found, key=lambda each: each[0])[:FINALISTS]:
        yield _replayed(program, form, trial, result, size)


def _runs(
    trials: Sequence[Trial], found: Sequence[tuple[Cost, Trial, Found]], objective: Objective
) -> Iterator[tuple[Trial, Settings]]:
    first, *others = variants(objective)
    for trial in trials:
        yield trial, replace(first, width=NARROW)
    best = [trial for _, trial, _ in sorted(found, key=lambda each: each[0])[:BEST]]
    for settings in (first, *others):
        for trial in best:
            yield trial, settings


def _replayed(
    program: Program, form: RotationForm, trial: Trial, found: Found, size: int
) -> Candidate:
    moves = [(trial.region[a], trial.region[b], pair) for a, b, pair in found.moves or ()]
    start = [trial.region[place] for place in trial.start]
    circuit, placement = replayed(program, form, moves, start, size)
    return Candidate(circuit, placement, "synthesise", f"{len(moves)} gates")
