"""Candidates from searches that differ in place and in what they weigh, within a fixed effort."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice, product
from typing import Any, NamedTuple

import numpy as np

from qslc.ir.program import Program
from qslc.lower.candidate import Candidate
from qslc.lower.objective import Cost, balance
from qslc.lower.placement.graph import Graph, interactions
from qslc.lower.placement.layout import Trial
from qslc.lower.synthesis.beam import Found, search
from qslc.lower.synthesis.cuts import cuts
from qslc.lower.synthesis.lengths import Measure, total_length
from qslc.lower.synthesis.moves import CNOTS, DIAGONAL, EVERY, Letters, alphabet
from qslc.lower.synthesis.replay import replayed
from qslc.lower.synthesis.settings import Settings
from qslc.lower.synthesis.strings import strings
from qslc.pauli.frame import RotationForm, complete_last_layer, rotation_form
from qslc.pauli.tableau import measurable_together, tableau
from qslc.spec.model import Objective

STARTS, LAYERS = 3, 3
"""How many trials are searched, and by how many layers they are chosen."""

NARROW, WIDER = 6, (24, 64, 160)
"""Frames that the first searches keep, and the later ones."""

BEST = 3
"""Trials, and then searches, that are taken further."""

FINALISTS = 3
"""Circuits that are written out."""

HOPELESS = 1.5
"""Times the steps of the quickest search that ended, after which another is given up."""


_NAMES = {CNOTS: "CNOTs", DIAGONAL: "CNOTs and CZs", EVERY: "all controlled Paulis"}
_DEEP, _FRUGAL = Settings(NARROW), Settings(NARROW, depth=0.2, spread=0.05)
_FREE = Settings(8, ahead=(), depth=0.0, spread=0.0, gate=1.0, settle=0.3, slack=0)
_CLOSE, _STEINER = Measure(holes=0.3), Measure(fill=1.0)
_BOX, _FAR = Measure(holes=0.0, fill=0.0), Measure(fill=0.0)
_SPARING = Settings(3, ahead=(), depth=0.0, spread=0.0, measure=Measure(holes=0.0))
_NEARLY = Settings(NARROW, depth=0.0, spread=0.0, measure=Measure(0.2, 0.0), ahead=())
_FIRST: Mapping[Objective, tuple[Settings, ...]] = {
    "depth": (_DEEP,),
    "fidelity": (_DEEP,),
    "gates": (_FRUGAL, _SPARING),
}


@dataclass(frozen=True)
class Problem:
    """A program as a search sees it."""

    program: Program
    form: RotationForm
    letters: tuple[Letters, ...]


@dataclass(frozen=True)
class _Attempt:
    """A search to be made: where, of which form, with which moves and weights."""

    trial: Trial
    form: RotationForm
    letters: tuple[Letters, ...]
    settings: Settings


@dataclass(frozen=True)
class _Run:
    """A search and what came of it."""

    attempt: _Attempt
    found: Found
    cost: Cost


def problem(program: Program) -> Problem:
    """What a search needs to know of a program."""
    form = rotation_form(program)
    return Problem(program, form, alphabet(form, program.operations))


def variants(objective: Objective) -> tuple[Settings, ...]:
    """What a search may weigh after the first ones, the most promising first."""
    base = _FIRST[objective][0]
    return (
        *((_NEARLY, _DEEP) if objective == "gates" else (_FRUGAL,)),
        replace(base, depth=base.depth / 2, spread=base.spread / 2, ahead=(0.2, 0.1)),
        replace(base, measure=_STEINER, ahead=(0.2,)),
        replace(base, depth=base.depth * 2, spread=base.spread * 2, patience=1.5),
        replace(base, measure=_BOX),
        replace(base, measure=_CLOSE, ahead=(0.05,)),
        replace(base, measure=_FAR, ahead=(0.1, 0.05)),
    )


def synthesised(
    problem: Problem,
    trials: Sequence[Trial],
    size: int,
    effort: int,
    objective: Objective,
    overtime: int = 1,
) -> Iterator[Candidate]:
    """The best circuits that searches find, on a device of ``size`` qubits.

    First narrow searches for each trial, then wider ones from where these ended best, until the
    effort, in words of bits, is spent; ``overtime`` times as much where nothing is found before.
    Observables that could be measured in one setting, qubit by qubit, still can be.
    """
    spent, runs = 0, list[_Run]()
    for attempt in _plan(_promising(trials, problem), runs, problem, objective):
        left = (effort if runs else effort * overtime) - spent
        if left <= 0:
            break
        trial = attempt.trial
        axes = strings(attempt.form, trial.start, trial.graph.size)
        most = HOPELESS * min((run.found.steps for run in runs), default=math.inf)
        found = search(trial.graph, attempt.letters, axes, attempt.settings, left, most)
        spent += found.effort
        if found.moves is not None:
            runs.append(_Run(attempt, found, balance(found.depth, len(found.moves), objective)))
    candidates = (_replayed(problem, run, size) for run in sorted(runs, key=_cost))
    sound = (each for each in candidates if keeps_setting(problem.program, each.program))
    yield from islice(sound, FINALISTS)


def _plan(
    trials: Sequence[Trial], runs: Sequence[_Run], problem: Problem, objective: Objective
) -> Iterator[_Attempt]:
    """The searches to be made, each chosen by what came of those before."""
    whole = complete_last_layer(problem.program, problem.form)
    forms = (problem.form,) if whole is problem.form else (problem.form, whole)
    base, *sparing = _FIRST[objective]
    first, *rest = product(trials, forms)
    order = ((base, first), *product(sparing, (first, *rest)), *product((base,), rest))
    for settings, (trial, form) in order:
        yield _Attempt(trial, form, problem.letters, settings)
    for trial in trials:
        tree = trial.graph.spanning_tree
        if tree != trial.graph:
            yield _Attempt(replace(trial, graph=tree), whole, problem.letters, base)
    best = [run.attempt for run in _best_places(runs)]
    changes: list[dict[str, Any]] = [{"settings": each} for each in variants(objective)]
    if problem.letters != EVERY:
        changes.insert(0 if objective == "gates" else len(changes), {"letters": EVERY})
    yield from (replace(attempt, **change) for change in changes for attempt in best)
    for width in WIDER:
        for run in _best(runs):
            settings = replace(run.attempt.settings, width=width)
            yield replace(run.attempt, settings=settings)


def _best_places(runs: Sequence[_Run]) -> list[_Run]:
    """The best search of each place, the best first."""
    ranked = sorted(runs, key=_cost)
    places = {(run.attempt.trial, run.attempt.form): run for run in reversed(ranked)}
    return _best(list(places.values()))


def _best(runs: Sequence[_Run]) -> list[_Run]:
    return sorted(runs, key=_cost)[:BEST]


def _cost(run: _Run) -> Cost:
    return run.cost


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
    found = search(everything, problem.letters, axes, _FREE, effort)
    if found.moves is None or len(found.moves) >= gates:
        return program
    shorter, _ = replayed(program, form, found.moves, places, program.qubits)
    return shorter if keeps_setting(program, shorter) else program


def keeps_setting(before: Program, after: Program) -> bool:
    """Whether observables that could be measured in one setting still can be."""
    return measurable_together(tableau(after.observables)) or not measurable_together(
        tableau(before.observables)
    )


def _promising(trials: Sequence[Trial], problem: Problem) -> list[Trial]:
    """Of all trials those to begin with; of those that look alike, only one.

    First those where neither what is asked for soon nor any pair is far away, then one where what
    is asked for soon is nearest.
    """
    found = {_looks(problem, trial): trial for trial in reversed(trials)}
    balanced = sorted(found, key=lambda look: (look.length * look.stretch, look))
    order = dict.fromkeys((*balanced[: STARTS - 1], *sorted(found)))
    return [found[look] for look in order][:STARTS]


class _Looks(NamedTuple):
    """How a place looks to a search; two of the same looks are mirror images, or as good as that.

    length: of the strings of the first layers.
    stretch: the squared distances of all pairs.
    room: minus the number of couplers, so that of equals the one with more comes first.
    size: how many vertices.
    """

    length: float
    stretch: int
    room: int
    size: int


def _looks(problem: Problem, trial: Trial) -> _Looks:
    form, program, graph = problem.form, problem.program, trial.graph
    axes = strings(RotationForm(form.layers[:LAYERS], ()), trial.start, graph.size)
    length = total_length((axes.x | axes.z)[None], cuts(graph), _STEINER).sum()
    pairs = np.array(interactions(program.operations, program.qubits).edges, dtype=np.int64)
    a, b = np.array(trial.start)[pairs.reshape(-1, 2)].T
    stretch = (graph.distances[a, b] ** 2).sum()
    return _Looks(float(length), int(stretch), -len(graph.edges), graph.size)


def _replayed(problem: Problem, run: _Run, size: int) -> Candidate:
    trial, form = run.attempt.trial, run.attempt.form
    moves = [(trial.region[a], trial.region[b], pair) for a, b, pair in run.found.moves or ()]
    start = [trial.region[place] for place in trial.start]
    circuit, placement = replayed(problem.program, form, moves, start, size)
    return Candidate(circuit, placement, "synthesise", _note(run.attempt))


def _note(attempt: _Attempt) -> str:
    """Where a search took place, with which gates, and what it weighed."""
    settings, measure = attempt.settings, attempt.settings.measure
    ahead = "+".join(f"{weight:g}" for weight in settings.ahead)
    return (
        f"{settings.width} frames on {len(attempt.trial.region)} device qubits, "
        f"{_NAMES[attempt.letters]}; depth {settings.depth:g}, spread {settings.spread:g}, "
        f"gate {settings.gate:g}, ahead {ahead}, holes {measure.holes:g}, fill {measure.fill:g}"
    )
