"""Candidates from searches that differ in place and in what they weigh, within a fixed effort."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from qslc.ir.program import Placement, Program
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

NARROW, WIDER = 8, (24, 64, 160)
"""Frames that the first searches keep, and the later ones."""

BEST = 3
"""Trials, and then searches, that are taken further."""

FINALISTS = 3
"""Circuits that are written out."""


_FRUGAL = Settings(width=8, ahead=(), depth=0.0, spread=0.0, gate=1.0, settle=0.0)
_CLOSE, _STEINER = Measure(holes=0.3), Measure(fill=1.0)
_BOX, _FAR = Measure(holes=0.0, fill=0.0), Measure(fill=0.0)


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
    price = (0.1, 0.02, 1.0) if objective == "gates" else (1.0, 0.1, 0.5)
    depth, spread, gate = price
    base = Settings(NARROW, depth=depth, spread=spread, gate=gate)
    return (
        base,
        replace(base, measure=_BOX),
        replace(base, depth=depth / 2, spread=spread / 2),
        replace(base, measure=_STEINER, ahead=(0.4,)),
        replace(base, measure=_CLOSE, ahead=(0.2, 0.1)),
        replace(base, measure=_FAR, depth=2 * depth, spread=2 * spread),
    )


def synthesised(
    problem: Problem, trials: Sequence[Trial], size: int, effort: int, objective: Objective
) -> Iterator[Candidate]:
    """The best circuits that searches find, on a device of ``size`` qubits.

    First narrow searches for each trial, then wider ones from where these ended best, until the
    effort, in words of bits, is spent.
    """
    found: list[tuple[Cost, Trial, Settings, Found]] = []
    promising = sorted(trials, key=lambda trial: _length(problem.form, trial))[:STARTS]
    for trial, settings in _runs(promising, found, objective):
        if effort <= 0:
            break
        axes = strings(problem.form, trial.start, trial.graph.size)
        result = search(trial.graph, problem.letters, axes, settings, effort)
        effort -= result.effort
        if result.moves is not None:
            price = balance(result.depth, len(result.moves), objective)
            found.append((price, trial, settings, result))
    for _, trial, settings, result in sorted(found, key=_price)[:FINALISTS]:
        circuit, placement = _replayed(problem, trial, result, size)
        yield Candidate(circuit, placement, "synthesise", _note(trial, settings))


def _runs(
    trials: Sequence[Trial],
    found: Sequence[tuple[Cost, Trial, Settings, Found]],
    objective: Objective,
) -> Iterator[tuple[Trial, Settings]]:
    first, *others = variants(objective)
    yield from ((trial, first) for trial in trials)
    best = [trial for _, trial, _, _ in sorted(found, key=_price)[:BEST]]
    yield from ((trial, settings) for settings in others for trial in best)
    for width in WIDER:
        best_runs = sorted(found, key=_price)[:BEST]
        yield from ((trial, replace(settings, width=width)) for _, trial, settings, _ in best_runs)


def _price(run: tuple[Cost, Trial, Settings, Found]) -> Cost:
    return run[0]


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


def _replayed(problem: Problem, trial: Trial, found: Found, size: int) -> tuple[Program, Placement]:
    moves = [(trial.region[a], trial.region[b], pair) for a, b, pair in found.moves or ()]
    start = [trial.region[place] for place in trial.start]
    return replayed(problem.program, problem.form, moves, start, size)


def _note(trial: Trial, settings: Settings) -> str:
    """Where a search took place, and what it weighed."""
    measure, ahead = settings.measure, "+".join(f"{weight:g}" for weight in settings.ahead)
    return (
        f"on {len(trial.region)} device qubits, {settings.width} frames, "
        f"depth {settings.depth:g}, spread {settings.spread:g}, gate {settings.gate:g}, "
        f"ahead {ahead}, holes {measure.holes:g}, fill {measure.fill:g}"
    )
