"""Make candidates by searches that differ in place and in what they weigh, within a fixed effort.

A large program may spend the effort before one search ends; then there is none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, islice, product
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np
from typing_extensions import assert_never

from qslc.ir.program import Program
from qslc.lower.candidates import Candidate, count_gates, rank
from qslc.lower.placement.graph import Graph, make_interaction_graph
from qslc.lower.placement.layout import Layout
from qslc.lower.synthesis.beam import SearchResult, Settings, search
from qslc.lower.synthesis.cuts import find_cuts
from qslc.lower.synthesis.frames import pack_strings
from qslc.lower.synthesis.lengths import Floats, Measure, compute_length
from qslc.lower.synthesis.moves import (
    ALPHABETS,
    EVERY,
    Letters,
    choose_alphabet,
    keeps_setting,
    replay,
)
from qslc.pauli.frame import RotationForm, complete_last_layer, make_rotation_form, settle_letters
from qslc.spec.objectives import Cost, Figures, Objective, Saves

STARTS, LAYERS = 3, 3
"""Number of layouts that are searched from, and of layers by which they are chosen."""

CONTINUED = 3
"""Number of layouts, and then of searches, that are taken further."""

SLOWEST_RATIO = 1.5
"""Ratio to the generations of the quickest search that ended, after which another is given up."""


NARROW, WIDER = 6, (24, 64, 160)
"""Frames that the first searches keep, and the later ones."""

STEINER = Measure(fill=1.0)
"""Measure that counts every vertex of a string, as its Steiner tree does."""

UNCOUPLED = Settings(8, ahead=(), depth=0.0, spread=0.0, gate=1.0, settle=0.3, slack=0)
"""Settings of the search for few gates where every pair is coupled."""

_SHALLOW, _SHORT = Settings(NARROW), Settings(NARROW, depth=0.2, spread=0.05)
_SHORTER = Settings(NARROW, ahead=(), depth=0.0, spread=0.0, measure=Measure(0.2, 0.0))
_SHORTEST = Settings(3, ahead=(), depth=0.0, spread=0.0, measure=Measure(holes=0.0))


@dataclass(frozen=True)
class Problem:
    """A program as a search sees it.

    Args:
        program: The program.
        form: Its rotations.
        whole: The same, and rotations by 0 that complete the last layer, if they are few.
        letters: Gates that are enough.
    """

    program: Program
    form: RotationForm
    whole: RotationForm
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


def make_problem(program: Program) -> Problem:
    """Return what a search needs to know of a program."""
    bare = make_rotation_form(program)
    form = settle_letters(program, bare)
    whole = complete_last_layer(program, bare)
    whole = form if whole is bare else settle_letters(program, whole)
    letters = choose_alphabet(form, program.operations, settled=form is not bare)
    return Problem(program, form, whole, letters)


def synthesize(
    problem: Problem,
    layouts: Sequence[Layout],
    size: int,
    effort: int,
    objective: Objective,
    overtime: int = 1,
    prices: Mapping[tuple[int, int], float] | None = None,
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
        overtime: Multiple of that effort, until something is found.
        prices: What a gate on each coupler costs beside another, in two-qubit gates; None where
            all cost the same.
    """
    spent, runs = 0, list[_Run]()
    for attempt in _plan(_select_layouts(layouts, problem), runs, problem, objective.saves):
        left = (effort if runs else effort * overtime) - spent
        if left <= 0:
            break
        layout = attempt.layout
        strings = pack_strings(attempt.form, layout.start, layout.graph.size)
        most = SLOWEST_RATIO * min((run.found.generations for run in runs), default=math.inf)
        table = None if prices is None else _tabulate(prices, layout)
        found = search(layout.graph, attempt.letters, strings, attempt.settings, left, most, table)
        spent += found.effort
        if found.moves is not None:
            cost = rank(Figures(found.depth, len(found.moves)), objective)
            runs.append(_Run(attempt, found, cost))
    best = _sort(runs)
    order = _spread(best) if objective.needs_calibration else best
    candidates = (_make_candidate(problem, run, size) for run in order)
    sound = (each for each in candidates if keeps_setting(problem.program, each.program))
    yield from islice(sound, objective.finalists)


def _tabulate(prices: Mapping[tuple[int, int], float], layout: Layout) -> Floats:
    """Return the price of a gate on each pair of vertices of a layout, both ways."""
    table = np.zeros((layout.graph.size, layout.graph.size))
    for a, b in layout.graph.edges:
        pair = layout.region[a], layout.region[b]
        table[a, b] = table[b, a] = prices[min(pair), max(pair)]
    return table


def _plan(
    layouts: Sequence[Layout], runs: Sequence[_Run], problem: Problem, saves: Saves
) -> Iterator[_Attempt]:
    """Yield the searches to be made, each chosen by what came of those before."""
    whole = problem.whole
    forms = (problem.form,) if whole is problem.form else (problem.form, whole)
    (base, *others), later = list_settings(saves)
    first, *rest = product(layouts, forms)
    order = ((base, first), *product(others, (first, *rest)), *product((base,), rest))
    for settings, (layout, form) in order:
        yield _Attempt(layout, form, problem.letters, settings)
    for layout in layouts:
        tree = layout.graph.spanning_tree
        if tree != layout.graph:
            yield _Attempt(replace(layout, graph=tree), whole, problem.letters, base)
    places = {(run.attempt.layout, run.attempt.form): run for run in reversed(_sort(runs))}
    best = [run.attempt for run in _sort(places.values())[:CONTINUED]]
    changes: list[dict[str, Any]] = [{"settings": each} for each in later]
    if problem.letters != EVERY:
        changes.insert(0 if saves == "gates" else len(changes), {"letters": EVERY})
    yield from (replace(attempt, **change) for change in changes for attempt in best)
    for width in WIDER:
        for run in _sort(runs)[:CONTINUED]:
            settings = replace(run.attempt.settings, width=width)
            yield replace(run.attempt, settings=settings)


def list_settings(saves: Saves) -> tuple[tuple[Settings, ...], tuple[Settings, ...]]:
    """Return the settings of the first searches, and later ones, the most promising first."""
    match saves:
        case "depth":
            first, later = [_SHALLOW], [_SHORT]
        case "gates":
            first, later = [_SHORT, _SHORTEST], [_SHORTER, _SHALLOW]
        case _:
            assert_never(saves)
    base = first[0]
    later += [
        replace(base, depth=base.depth / 2, spread=base.spread / 2, ahead=(0.2, 0.1)),
        replace(base, measure=STEINER, ahead=(0.2,)),
        replace(base, depth=base.depth * 2, spread=base.spread * 2, patience=1.5),
        replace(base, measure=Measure(holes=0.0, fill=0.0)),
        replace(base, measure=Measure(holes=0.3), ahead=(0.05,)),
        replace(base, measure=Measure(fill=0.0), ahead=(0.1, 0.05)),
    ]
    return tuple(first), tuple(later)


def _spread(runs: Sequence[_Run]) -> list[_Run]:
    """Put the first of each depth and number of gates before those that are equal in both."""
    first = {(run.found.depth, len(run.found.moves or ())): run for run in reversed(runs)}
    return sorted(runs, key=lambda run: id(run) not in {id(each) for each in first.values()})


def _sort(runs: Iterable[_Run]) -> list[_Run]:
    return sorted(runs, key=attrgetter("cost"))


def shorten(problem: Problem, effort: int) -> Program:
    """Return the program with as few two-qubit gates as a search finds for all pairs coupled.

    An entangler of all pairs is a chain in disguise, for instance. What is short without a device
    is easier to place on one.

    Args:
        problem: Program to shorten.
        effort: Words of bits that the search may look at.
    """
    program, form = problem.program, problem.form
    gates = count_gates(program)
    if gates <= program.qubits * (len(form.layers) - 1):
        return program
    everything = Graph(program.qubits, tuple(combinations(range(program.qubits), 2)))
    places = tuple(range(program.qubits))
    strings = pack_strings(form, places, program.qubits)
    found = search(everything, problem.letters, strings, UNCOUPLED, effort)
    if found.moves is None or len(found.moves) >= gates:
        return program
    shorter, _ = replay(program, form, found.moves, places, program.qubits)
    return shorter if keeps_setting(program, shorter) else program


def _select_layouts(layouts: Sequence[Layout], problem: Problem) -> list[Layout]:
    """Return the layouts to begin with: balanced ones, then that of the shortest first strings."""
    found = {_measure_layout(problem, layout): layout for layout in reversed(layouts)}
    balanced = sorted(found, key=lambda each: (each.length * each.stretch, each))
    order = dict.fromkeys((*balanced[: STARTS - 1], *sorted(found)))
    return [found[figures] for figures in order][:STARTS]


class _LayoutFigures(NamedTuple):
    """Figures of a layout; two with the same are mirror images, or as good as that."""

    length: float  # of the strings of the first layers
    stretch: int  # squared distances of all pairs, summed
    room: int  # number of couplers, negative: of equals the one with more comes first
    size: int  # number of vertices


def _measure_layout(problem: Problem, layout: Layout) -> _LayoutFigures:
    form, graph = problem.form, layout.graph
    strings = pack_strings(RotationForm(form.layers[:LAYERS], ()), layout.start, graph.size)
    length = compute_length((strings.x | strings.z)[None], find_cuts(graph), STEINER).sum()
    edges = make_interaction_graph(problem.program).edges
    a, b = np.array(layout.start)[np.array(edges, dtype=np.int64).reshape(-1, 2)].T
    stretch = (graph.distances[a, b] ** 2).sum()
    return _LayoutFigures(float(length), int(stretch), -len(graph.edges), graph.size)


def _make_candidate(problem: Problem, run: _Run, size: int) -> Candidate:
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
