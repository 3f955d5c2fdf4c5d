"""Candidates from searches that differ in place and in what they weigh, within a fixed effort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from qslc.ir.program import Program
from qslc.lower.candidate import Candidate
from qslc.lower.coupling import Graph
from qslc.lower.layout import Trial
from qslc.lower.objective import Cost, balance
from qslc.lower.synthesis.beam import Found, Settings, search
from qslc.lower.synthesis.cuts import cuts
from qslc.lower.synthesis.lengths import Measure, total_length
from qslc.lower.synthesis.moves import Letters, alphabet
from qslc.lower.synthesis.replay import replayed
from qslc.lower.synthesis.rotations import RotationForm, rotation_form
from qslc.lower.synthesis.strings import strings
from qslc.spec.model import Objective

STARTS, LAYERS = 4, 3
"""How many trials are searched, and by how many layers they are chosen."""

NARROW = 6
"""Frames that the first searches keep."""

BEST = 2
"""Trials that are searched further."""

FINALISTS = 3
"""Circuits that are written out."""


_FRUGAL = Settings(width=8, ahead=(), depth=0.0, spread=0.0, gate=1.0, settle=0.0)
_CLOSE, _STEINER = Measure(holes=0.3), Measure(fill=1.0)
_BOX = Measure(holes=0.0, fill=0.0)


@dataclass(frozen=True)
class Problem:
    """A program as a search sees it."""

    program: Program
    form: RotationForm
    letters: tuple[Letters, ...]


def problem(program: Program) -> Problem:
    """What a search needs to know of a program."""
    form = rotation_form(program)
    return Problem(program, form, alphabet(form, program.operations))


def variants(objective: Objective) -> tuple[Settings, ...]:
    """What a search may weigh, the most promising first."""
    if objective == "gates":
        return (
            Settings(width=24, depth=0.1, spread=0.02, gate=1.0),
            Settings(width=24, depth=0.2, spread=0.05, measure=_CLOSE, gate=1.0),
            Settings(width=24, depth=0.5, spread=0.05, measure=_BOX, gate=1.0),
            Settings(width=64, depth=0.1, spread=0.02, gate=1.0),
        )
    return (
        Settings(width=24),
        Settings(width=24, measure=_BOX),
        Settings(width=24, measure=_CLOSE),
        Settings(width=24, depth=0.5, spread=0.05),
        Settings(width=24, depth=2.0, spread=0.2),
        Settings(width=24, measure=_STEINER, ahead=(0.4,)),
        Settings(width=24, ahead=(0.2, 0.1)),
        Settings(width=64),
    )


def synthesised(
    problem: Problem, trials: Sequence[Trial], size: int, effort: int, objective: Objective
) -> Iterator[Candidate]:
    """The best circuits that searches find, on a device of ``size`` qubits.

    First a narrow search for each trial, then wider ones from where these ended best, until the
    effort, in words of bits, is spent.
    """
    found: list[tuple[Cost, Trial, Found]] = []
    promising = sorted(trials, key=lambda trial: _length(problem.form, trial))[:STARTS]
    for trial, settings in _runs(promising, found, objective):
        if effort <= 0:
            break
        axes = strings(problem.form, trial.start, trial.graph.size)
        result = search(trial.graph, problem.letters, axes, settings, effort)
        effort -= result.effort
        if result.moves is not None:
            found.append((balance(result.depth, len(result.moves), objective), trial, result))
    for _, trial, result in sorted(found, key=lambda each: each[0])[:FINALISTS]:
        yield _replayed(problem, trial, result, size)


def shortened(problem: Problem, effort: int) -> Program:
    """The program with as few two-qubit gates as a search finds where every pair is coupled.

    An entangler of all pairs is a chain in disguise, for instance. What is short without a device
    is easier to place on one.
    """
    program, form = problem.program, problem.form
    gates = sum(op.kind.cost for op in program.operations)
    if gates <= program.qubits * (len(form.layers) - 1):
        return program
    everything = Graph(program.qubits, tuple(combinations(range(program.qubits), 2)))
    places = tuple(range(program.qubits))
    axes = strings(form, places, program.qubits)
    found = search(everything, problem.letters, axes, _FRUGAL, effort)
    if found.moves is None or len(found.moves) >= gates:
        return program
    return replayed(program, form, found.moves, places, program.qubits)[0]


def _length(form: RotationForm, trial: Trial) -> float:
    """Of the strings of the first layers that are not on one qubit each from the start."""
    axes = strings(RotationForm(form.layers[:LAYERS], ()), trial.start, trial.graph.size)
    return float(total_length(axes.x[None], axes.z[None], cuts(trial.graph), _STEINER).sum())


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


def _replayed(problem: Problem, trial: Trial, found: Found, size: int) -> Candidate:
    moves = [(trial.region[a], trial.region[b], pair) for a, b, pair in found.moves or ()]
    start = [trial.region[place] for place in trial.start]
    circuit, placement = replayed(problem.program, problem.form, moves, start, size)
    return Candidate(circuit, placement, "synthesise", f"{len(moves)} gates")
