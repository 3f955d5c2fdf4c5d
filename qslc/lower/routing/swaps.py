"""Candidates that keep the gates of a program and bring their qubits together by SWAPs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from qslc.ir.program import Placement, Program, rename_operations, rename_string
from qslc.lower.candidate import Candidate
from qslc.lower.placement.layout import Trial
from qslc.lower.routing.beside import beside_swaps
from qslc.lower.routing.dependencies import Dependencies, dependencies
from qslc.lower.routing.router import Routed, route
from qslc.lower.routing.spares import moved_cheaply


def swapped(program: Program, trials: Iterable[Trial], size: int) -> Iterator[Candidate]:
    """For each attempt the program with SWAPs, on a device of ``size`` qubits."""
    forward = dependencies(program.operations, program.qubits)
    backward = dependencies(program.operations[::-1], program.qubits)
    for trial in trials:
        yield _located(program, _attempt(forward, backward, trial), trial.region, size)


def _attempt(forward: Dependencies, backward: Dependencies, trial: Trial) -> Routed:
    """Routes after improving the start: the end of a way there and back is the next start."""
    start = trial.start
    for _ in range(trial.rounds):
        there = route(forward, trial.graph, start, trial.style).end
        start = route(backward, trial.graph, there, trial.style).end
    return route(forward, trial.graph, start, trial.style)


def _located(program: Program, routed: Routed, region: tuple[int, ...], size: int) -> Candidate:
    start = tuple(region[place] for place in routed.start)
    end = tuple(region[place] for place in routed.end)
    swapped = moved_cheaply(beside_swaps(routed.operations), routed.start)
    operations = tuple(rename_operations(swapped, region))
    observables = tuple(rename_string(each, end) for each in program.observables)
    located = replace(program, qubits=size, operations=operations, observables=observables)
    swaps = len(routed.operations) - len(program.operations)
    note = f"{swaps} swap{'' if swaps == 1 else 's'}"
    return Candidate(located, Placement(start, end), "route", note)
