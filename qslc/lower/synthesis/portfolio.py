"""Make candidates by searches that differ in place and in what they weigh, within a fixed effort.

When to use it: from level 2 on, beside the program as it is and the program with SWAPs.

Failure modes: a large program may spend the effort before one search ends; then there is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice, product
from typing import Any, NamedTuple

import numpy as np

from qslc.ir.decompositions import count_two_qubit_gates
from qslc.ir.program import Program
from qslc.lower.candidates import Candidate
from qslc.lower.placement.graph import Graph, interaction_graph
from qslc.lower.placement.layout import Layout
from qslc.lower.synthesis.beam import SearchResult, search
from qslc.lower.synthesis.cuts import find_cuts
from qslc.lower.synthesis.frames import pack_strings
from qslc.lower.synthesis.lengths import total_length
from qslc.lower.synthesis.moves import ALPHABETS, EVERY, Letters, choose_alphabet
from qslc.lower.synthesis.replay import keeps_setting, replay
from qslc.lower.synthesis.settings import (
    FREE,
    STEINER,
    WIDER,
    Settings,
    first_settings,
    later_settings,
)
from qslc.pauli.frame import RotationForm, complete_last_layer, make_rotation_form
from qslc.spec.objectives import Cost, Figures, Objective, Saves

STARTS, LAYERS = 3, 3
"""Number of layouts that are searched from, and of layers by which they are chosen."""

BEST = 3
"""Number of layouts, and then of searches, that are taken further."""

FINALISTS = 3
"""Number of circuits that are written out."""

HOPELESS = 1.5
"""Ratio to the generations of the quickest search that ended, after which another is given up."""


@dataclass(frozen=True)
class Problem:
    """A program as a search sees it."""

    program: Program
    form: RotationForm
    letters: tuple[Letters, ...]


@dataclass(frozen=True)
class _Attempt:
    """A search to be made: where, of which form, with which moves and weights."""

    layout: Layout
    form: RotationForm
    letters: tuple[Letters, ...]
    settings: Settings


@dataclass(frozen=True)
class _Run:
    """A search and what came of it."""

    attempt: _Attempt
    found: SearchResult
    cost: Cost


def pose_problem(program: Program) -> Problem:
    """Return what a search needs to know of a program."""
    form = make_rotation_form(program)
    return Problem(program, form, choose_alphabet(form, program.operations))


def synthesize(
    problem: Problem,
    layouts: Sequence[Layout],
    size: int,
    effort: int,
    objective: Objective,
    overtime: int = 1,
) -> Iterator[Candidate]:
    """Yield the best circuits that searches find.

    First narrow searches from each layout, then wider ones from where these ended best, until the
    effort is spent. Observables that could be measured in one setting, qubit by qubit, still can
    be.

    Args:
        problem: Program to make a circuit for.
        layouts: Places to start from.
        size: Number of device qubits.
        effort: Words of bits that the searches may look at.
        objective: Objective of the compile.
        overtime: How many times as much they may look at until something is found.
    """
    spent, runs = 0, list[_Run]()
    for attempt in _plan(_select_layouts(layouts, problem), runs, problem, objective.saves):
        left = (effort if runs else effort * overtime) - spent
        if left <= 0:
            break
        layout = attempt.layout
        strings = pack_strings(attempt.form, layout.start, layout.graph.size)
        most = HOPELESS * min((run.found.generations for run in runs), default=math.inf)
        found = search(layout.graph, attempt.letters, strings, attempt.settings, left, most)
        spent += found.effort
        if found.moves is not None:
            cost = objective.rank(Figures(found.depth, len(found.moves)))
            runs.append(_Run(attempt, found, cost))
    candidates = (_write_out(problem, run, size) for run in sorted(runs, key=_cost))
    sound = (each for each in candidates if keeps_setting(problem.program, each.program))
    yield from islice(sound, FINALISTS)


def _plan(
    layouts: Sequence[Layout], runs: Sequence[_Run], problem: Problem, saves: Saves
) -> Iterator[_Attempt]:
    """Yield the searches to be made, each chosen by what came of those before."""
    whole = complete_last_layer(problem.program, problem.form)
    forms = (problem.form,) if whole is problem.form else (problem.form, whole)
    base, *sparing = first_settings(saves)
    first, *rest = product(layouts, forms)
    order = ((base, first), *product(sparing, (first, *rest)), *product((base,), rest))
    for settings, (layout, form) in order:
        yield _Attempt(layout, form, problem.letters, settings)
    for layout in layouts:
        tree = layout.graph.spanning_tree
        if tree != layout.graph:
            yield _Attempt(replace(layout, graph=tree), whole, problem.letters, base)
    best = [run.attempt for run in _take_best_places(runs)]
    changes: list[dict[str, Any]] = [{"settings": each} for each in later_settings(saves)]
    if problem.letters != EVERY:
        changes.insert(0 if saves == "gates" else len(changes), {"letters": EVERY})
    yield from (replace(attempt, **change) for change in changes for attempt in best)
    for width in WIDER:
        for run in _take_best(runs):
            settings = replace(run.attempt.settings, width=width)
            yield replace(run.attempt, settings=settings)


def _take_best_places(runs: Sequence[_Run]) -> list[_Run]:
    """Return the best search of each place, the best first."""
    ranked = sorted(runs, key=_cost)
    places = {(run.attempt.layout, run.attempt.form): run for run in reversed(ranked)}
    return _take_best(list(places.values()))


def _take_best(runs: Sequence[_Run]) -> list[_Run]:
    return sorted(runs, key=_cost)[:BEST]


def _cost(run: _Run) -> Cost:
    return run.cost


def shorten(problem: Problem, effort: int) -> Program:
    """Return the program with as few two-qubit gates as a search finds for all pairs coupled.

    An entangler of all pairs is a chain in disguise, for instance. What is short without a device
    is easier to place on one.

    Args:
        problem: Program to shorten.
        effort: Words of bits that the search may look at.
    """
    program, form = problem.program, problem.form
    gates = sum(count_two_qubit_gates(op.gate) for op in program.operations)
    if gates <= program.qubits * (len(form.layers) - 1):
        return program
    everything = Graph(program.qubits, tuple(combinations(range(program.qubits), 2)))
    places = tuple(range(program.qubits))
    strings = pack_strings(form, places, program.qubits)
    found = search(everything, problem.letters, strings, FREE, effort)
    if found.moves is None or len(found.moves) >= gates:
        return program
    shorter, _ = replay(program, form, found.moves, places, program.qubits)
    return shorter if keeps_setting(program, shorter) else program


def _select_layouts(layouts: Sequence[Layout], problem: Problem) -> list[Layout]:
    """Return the layouts to begin with; of those that look alike, only one.

    First those where neither what is asked for soon nor any pair is far away, then one where what
    is asked for soon is nearest.
    """
    found = {_measure_layout(problem, layout): layout for layout in reversed(layouts)}
    balanced = sorted(found, key=lambda each: (each.length * each.stretch, each))
    order = dict.fromkeys((*balanced[: STARTS - 1], *sorted(found)))
    return [found[figures] for figures in order][:STARTS]


class _LayoutFigures(NamedTuple):
    """Figures of a layout; two with the same are mirror images, or as good as that.

    Args:
        length: Length of the strings of the first layers.
        stretch: Squared distances of all pairs, summed.
        room: Number of couplers, negative, so that of equals the one with more comes first.
        size: Number of vertices.
    """

    length: float
    stretch: int
    room: int
    size: int


def _measure_layout(problem: Problem, layout: Layout) -> _LayoutFigures:
    form, program, graph = problem.form, problem.program, layout.graph
    strings = pack_strings(RotationForm(form.layers[:LAYERS], ()), layout.start, graph.size)
    length = total_length((strings.x | strings.z)[None], find_cuts(graph), STEINER).sum()
    edges = interaction_graph(program.operations, program.qubits).edges
    a, b = np.array(layout.start)[np.array(edges, dtype=np.int64).reshape(-1, 2)].T
    stretch = (graph.distances[a, b] ** 2).sum()
    return _LayoutFigures(float(length), int(stretch), -len(graph.edges), graph.size)


def _write_out(problem: Problem, run: _Run, size: int) -> Candidate:
    """Return the circuit that a search found as a candidate."""
    layout, form = run.attempt.layout, run.attempt.form
    moves = [(layout.region[a], layout.region[b], pair) for a, b, pair in run.found.moves or ()]
    start = [layout.region[place] for place in layout.start]
    circuit, placement = replay(problem.program, form, moves, start, size)
    return Candidate(circuit, placement, "synthesize", _describe(run.attempt))


def _describe(attempt: _Attempt) -> str:
    """Return where a search took place, with which gates, and what it weighed."""
    settings, measure = attempt.settings, attempt.settings.measure
    ahead = "+".join(f"{weight:g}" for weight in settings.ahead)
    return (
        f"{settings.width} frames on {len(attempt.layout.region)} device qubits, "
        f"{ALPHABETS[attempt.letters]}; depth {settings.depth:g}, spread {settings.spread:g}, "
        f"gate {settings.gate:g}, ahead {ahead}, holes {measure.holes:g}, fill {measure.fill:g}"
    )
