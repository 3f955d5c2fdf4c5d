"""Lower a program on numbered qubits to the qubits, couplers and gates of a device."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from qslc.ir.metrics import count_metrics
from qslc.ir.program import Placement, Program, rename_qubits
from qslc.ir.steps import Alternative, Step
from qslc.lower.anchors import Anchors, explain_misfit, join_components
from qslc.lower.candidates import (
    Candidate,
    Choice,
    Evaluation,
    choose,
    compute_cost,
    count_gates,
    evaluate,
)
from qslc.lower.last_frame import chooses_last_frame
from qslc.lower.native import lower_to_native
from qslc.lower.partition import Part, join, restrict, split
from qslc.lower.placement.compact import grow_region
from qslc.lower.placement.embedding import find_embedding
from qslc.lower.placement.graph import Graph, make_interaction_graph
from qslc.lower.placement.layout import (
    Layout,
    make_growing_layout,
    make_layout,
    make_trivial_layout,
    propose_layouts,
)
from qslc.lower.placement.relocation import bound_error, find_best_places, price_couplers
from qslc.lower.routing.swaps import insert_swaps
from qslc.lower.synthesis.fan_outs import move_center
from qslc.lower.synthesis.portfolio import Problem, make_problem, shorten, synthesize
from qslc.passes import NATIVE_PASSES, Pass
from qslc.spec.objectives import OBJECTIVES, Objective
from qslc.targets.device import Device

LAYOUTS = (1, 1, 4, 16)
"""Number of layouts from which each optimization level routes and searches."""

MOST_ROUTED = 4000
"""Number of two-qubit gates that all routes may see together, if there is more than one."""

MOST_SEARCHED = 64
"""Number of qubits up to which there is a search: its steps grow with the square of that."""

EFFORTS = (0, 0, 3_000_000, 12_000_000)
"""Words of bits that the searches of each optimization level may look at."""

OVERTIME = 8
"""Multiple of that effort, until something is found, where there is nothing else but SWAPs."""

_NO_SEARCH = Alternative("skipped", "synthesize", "no search at this level, or of this size")
_NOTHING_FOUND = Alternative("skipped", "synthesize", "found nothing within its effort")
_NO_PLACE = Alternative("skipped", "place", "no way was found to put all its pairs on couplers")
_NO_NEED = Alternative("skipped", "route", "without SWAPs it fits")
_NO_HOPE = Alternative(
    "skipped", "route", "what was found costs no more than the program would if it fitted"
)


@dataclass(frozen=True, slots=True)
class DeviceProgram:
    """A program on a device.

    Args:
        program: Program in the native gates of the device.
        placement: Where each qubit of the original program is before and after it.
        steps: What was done.
        alternatives: What it was chosen from, the best first, and what was not tried.
        framed: The program cleaned up and with its last frame; None where none is chosen.
    """

    program: Program
    placement: Placement
    steps: tuple[Step, ...]
    alternatives: tuple[Alternative, ...]
    framed: Program | None = None


@dataclass(frozen=True, slots=True)
class _Task:
    """A program, where it is to run, and how hard to work for that."""

    program: Program
    device: Device
    host: Graph
    level: int
    seed: int
    objective: Objective
    passes: tuple[Pass, ...]
    effort: int
    anchors: Anchors | None = None

    def fit(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Return the candidates that suit the preparation."""
        anchors = self.anchors
        return [c for c in candidates if anchors is None or anchors.fit(c.placement.start)]

    def evaluate(self, candidates: Iterable[Candidate]) -> list[Evaluation]:
        """Compute what each candidate costs."""
        return [evaluate(each, self.device, self.objective) for each in candidates]


def lower_to_device(
    program: Program,
    device: Device,
    level: int,
    seed: int,
    objective: str = "depth",
    anchors: Anchors | None = None,
) -> DeviceProgram:
    """Lower a program to the qubits, couplers and gates of a device.

    If the pairs of the program fit on the couplers, it is placed there and no gate is added.
    Otherwise SWAPs are inserted. From optimization level 2 on circuits found by search compete with
    these. The best is taken; the same arguments give the same program. Where no connected part of
    the device is large enough, groups of qubits that no gate joins go to parts of their own.

    Args:
        program: Logical program; its observables follow their qubits to where they end.
        device: Device, whose qubits are the qubits of the result.
        level: Optimization level, 0 to 3.
        seed: Random seed.
        objective: Name of what candidates are compared by, once they are cleaned up as the level
            does it; see ``qslc.spec.objectives``.
        anchors: What a preparation asks of the placement; None where there is none.

    Raises:
        InputError: The program does not fit on the connected parts of the device, or no placement
            suits the preparation.
        KeyError: There is no objective of this name, or no such level.
    """
    started = time.perf_counter()
    passes, aim = NATIVE_PASSES[level], OBJECTIVES[objective]
    host = Graph(len(device.coordinates), device.edges)
    effort = EFFORTS[level]
    chosen = _choose(_Task(program, device, host, level, seed, aim, passes, effort, anchors))
    seconds, best = time.perf_counter() - started, chosen.best.candidate
    before, between, after = map(count_metrics, (program, best.program, chosen.best.native))
    steps = (
        Step(best.method, before, between, seconds - chosen.best.seconds, best.note),
        Step("native gates", between, after, chosen.best.seconds, ", ".join(device.gates)),
    )
    framed = chosen.tidy.native if chooses_last_frame(aim, level) else None
    return DeviceProgram(chosen.best.native, best.placement, steps, chosen.alternatives, framed)


def _choose(task: _Task) -> Choice:
    """Choose the best candidate of the whole program, or join those of its parts."""
    skipped: list[Alternative] = []
    if len(task.host.components[0]) >= task.program.qubits:
        evaluations, skipped = _find_candidates(task)
    elif task.anchors:
        raise explain_misfit(task.anchors, task.device)
    else:
        parts = split(task.program, task.device, task.host, task.seed)
        chosen = [(part, _choose(_restrict(task, part)).best.candidate) for part in parts]
        evaluations = task.evaluate([join(task.program, chosen, task.host.size)])
    made = choose(
        evaluations,
        task.device,
        task.objective,
        task.passes,
        framed=chooses_last_frame(task.objective, task.level),
    )
    return replace(made, alternatives=(*made.alternatives, *skipped))


def _restrict(task: _Task, part: Part) -> _Task:
    return replace(
        task,
        program=restrict(task.program, part),
        device=task.device.part(part.region),
        host=task.host.subgraph(part.region),
        effort=task.effort * len(part.qubits) // task.program.qubits,
    )


def _find_candidates(task: _Task) -> tuple[list[Evaluation], list[Alternative]]:
    """Return the program as it is, found by search and with SWAPs; and what was not tried."""
    program, size = task.program, task.host.size
    searches = task.effort and program.qubits <= MOST_SEARCHED
    problem = make_problem(program) if searches else None
    short = shorten(problem, task.effort // 4) if problem else program
    layouts = _propose(short, task)
    placed = _note(_place(short, task), program, short)
    if short is not program:
        placed += _place(program, task)
    found = task.evaluate(task.fit(_search(problem, task, placed, layouts) if problem else ()))
    skipped = [] if found else [_NOTHING_FOUND if problem else _NO_SEARCH]
    if placed:
        return [*task.evaluate(placed), *found], [*skipped, _NO_NEED]
    if found:
        # With SWAPs no program becomes better than it is as written.
        native = lower_to_native(short, task.device)
        at_best = compute_cost(native, task.device, task.objective, bound_error)
        if any(each.cost <= at_best for each in found):
            return found, [_NO_PLACE, _NO_HOPE]
    routed = task.fit(insert_swaps(short, layouts[: 4 if found else None], size))
    if not (routed or found) and task.anchors:
        routed = task.fit(insert_swaps(short, _propose_anchored(task), size))
        if not routed:
            raise explain_misfit(task.anchors, task.device)
    return [*found, *task.evaluate(_note(routed, program, short))], [*skipped, _NO_PLACE]


def _search(
    problem: Problem, task: _Task, placed: Sequence[Candidate], layouts: Sequence[Layout]
) -> list[Candidate]:
    """Search for circuits from where the program was placed, and from some layouts."""
    starts = (*(make_layout(each.placement.start, task.host) for each in placed), *layouts)
    walks = move_center(problem, task.host)
    overtime = 1 if placed or walks else OVERTIME

    def find(objective: Objective) -> Iterable[Candidate]:
        return synthesize(problem, starts, task.host.size, task.effort, objective, overtime)

    made = [*find(task.objective), *walks]
    if not task.objective.needs_calibration:
        return made
    # Whether fewer gates or fewer levels err less is for the calibration to say.
    made += find(OBJECTIVES["gates"])
    return [*made, *_search_again(problem, task, [*placed, *made])]


def _search_again(
    problem: Problem, task: _Task, candidates: Sequence[Candidate]
) -> Iterable[Candidate]:
    """Search on where the best candidate errs least, each gate at the price of its coupler."""
    if not candidates:
        return ()
    best = min(task.evaluate(candidates), key=attrgetter("cost"))
    places = find_best_places(best.native, task.device)
    start = [places[q] for q in best.candidate.placement.start if q in places]
    if len(start) < task.program.qubits:
        return ()
    region = tuple(dict.fromkeys((*start, *places.values())))
    wider = grow_region(region, task.host, min(task.host.size, len(region) + 1 + len(start) // 4))
    layouts = [
        make_layout(each, task.host, task.program.qubits) for each in dict.fromkeys((region, wider))
    ]
    prices = price_couplers(task.device)
    return synthesize(problem, layouts, task.host.size, task.effort, task.objective, prices=prices)


def _note(candidates: Iterable[Candidate], written: Program, short: Program) -> list[Candidate]:
    """Add to the notes of candidates that their program was shortened, if it was."""
    if short is written:
        return list(candidates)
    before, after = count_gates(written), count_gates(short)
    note = f"after {before} two-qubit gates were shortened to {after}"
    return [replace(each, note=f"{each.note}, {note}") for each in candidates]


def _place(program: Program, task: _Task) -> list[Candidate]:
    """Place a program on couplers as it is, if an embedding is found."""
    pattern = make_interaction_graph(program)
    places = find_embedding(pattern, task.host, task.seed)
    if places and task.anchors and not task.anchors.fit(places):
        places = find_embedding(join_components(pattern), task.anchors.host, task.seed)
    if places is None:
        return []
    placed = rename_qubits(program, places, task.host.size)
    return task.fit([Candidate(placed, Placement(places, places), "place", "no swap")])


def _propose_anchored(task: _Task) -> tuple[Layout, ...]:
    """Propose a layout that suits a preparation, on couplers that work."""
    assert task.anchors is not None  # noqa: S101 - asked for by a preparation alone
    largest = task.anchors.host.components[0]
    if len(largest) < task.program.qubits:
        raise explain_misfit(task.anchors, task.device)
    layout = make_growing_layout(task.program.qubits, task.anchors.host.subgraph(largest))
    return (replace(layout, region=tuple(largest[place] for place in layout.region)),)


def _propose(program: Program, task: _Task) -> tuple[Layout, ...]:
    """Propose layouts on the largest connected part, in the numbers of the whole device."""
    largest = task.host.components[0]
    part = task.host.subgraph(largest)
    count = max(1, min(LAYOUTS[task.level], MOST_ROUTED // (count_gates(program) + 1)))
    layouts = (
        propose_layouts(make_interaction_graph(program), part, count, task.seed)
        if task.level
        else (make_trivial_layout(program.qubits, part),)
    )
    return tuple(
        replace(layout, region=tuple(largest[place] for place in layout.region))
        for layout in layouts
    )
