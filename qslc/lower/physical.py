"""From a program on numbered qubits to one on the qubits, couplers and gates of a device."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from qslc.diagnostics import Diagnostic, InputError
from qslc.ir.metrics import metrics
from qslc.ir.program import Operation, PauliString, Placement, Program
from qslc.ir.steps import Step
from qslc.lower.coupling import Graph, interactions
from qslc.lower.dependencies import Dependencies, dependencies
from qslc.lower.embedding import embedding
from qslc.lower.layout import Trial, plain_trial, trials
from qslc.lower.native import native
from qslc.lower.objective import cost
from qslc.lower.routing import Routed, route
from qslc.spec.model import Objective
from qslc.targets.device import Device

TRIALS = (1, 1, 4, 16)
"""How many attempts at routing each optimisation level makes."""

Cleanup = Callable[[Program], Program]


def physical_program(
    program: Program,
    device: Device,
    level: int,
    seed: int,
    cleanup: Cleanup = lambda program: program,
    objective: Objective = "depth",
) -> tuple[Program, Placement, tuple[Step, ...]]:
    """The program on a device.

    If the pairs of the program fit on the couplers, it is placed there and no gate is added.
    Otherwise SWAPs are inserted, and the best of several attempts is taken. The same arguments
    give the same program.

    Args:
        program: logical; its observables follow their qubits to where they end.
        device: its qubits are the qubits of the result.
        level: optimisation level, 0 to 3.
        seed: of the search.
        cleanup: what later happens to the native program, so that attempts are compared by what
            they will cost in the end.
        objective: what attempts are compared by; see ``qslc.lower.objective``.

    Returns:
        The native program, where each qubit is before and after it, and what was done.

    Raises:
        InputError: the device has no connected part that is large enough.
    """
    host = Graph(len(device.coordinates), device.edges)
    started = time.perf_counter()
    places = embedding(interactions(program.operations, program.qubits), host, seed)
    if places is not None:
        placed, placement = _placed(program, places, host.size), Placement(places, places)
        note = "subgraph isomorphism"
    else:
        placed, placement = _best(program, device, host, level, seed, cleanup, objective)
        note = _routing_note(program, placed)
    located = time.perf_counter()
    result = native(placed, device)
    done = time.perf_counter()
    before, between, after = metrics(program), metrics(placed), metrics(result)
    steps = (
        Step("place" if places else "route", before, between, located - started, note),
        Step("native gates", between, after, done - located, ", ".join(device.gates)),
    )
    return result, placement, steps


def _placed(program: Program, places: tuple[int, ...], size: int) -> Program:
    operations = tuple(
        replace(op, qubits=tuple(places[qubit] for qubit in op.qubits)) for op in program.operations
    )
    return replace(
        program,
        qubits=size,
        operations=operations,
        observables=_moved(program.observables, places),
    )


def _moved(observables: Sequence[PauliString], places: tuple[int, ...]) -> tuple[PauliString, ...]:
    return tuple(
        replace(each, paulis=tuple(sorted((places[qubit], p) for qubit, p in each.paulis)))
        for each in observables
    )


def _best(
    program: Program,
    device: Device,
    host: Graph,
    level: int,
    seed: int,
    cleanup: Cleanup,
    objective: Objective,
) -> tuple[Program, Placement]:
    candidates = []
    forward = dependencies(program.operations, program.qubits)
    backward = dependencies(program.operations[::-1], program.qubits)
    for trial in _trials(program, device, host, level, seed):
        routed = _attempt(forward, backward, trial)
        placed = _located(program, routed, trial.region, host.size)
        candidates.append((cost(cleanup(native(placed[0], device)), device, objective), placed))
    return min(candidates, key=lambda candidate: candidate[0])[1]


def _trials(
    program: Program, device: Device, host: Graph, level: int, seed: int
) -> tuple[Trial, ...]:
    """Attempts on the largest connected part, in the numbers of the whole device."""
    largest = host.components[0]
    if len(largest) < program.qubits:
        message = (
            f"the program needs {program.qubits} connected qubits; {device.name} has {len(largest)}"
        )
        raise InputError(
            Diagnostic(message, where="device", help="use fewer qubits or another device")
        )
    part = host.part(largest)
    pattern = interactions(program.operations, program.qubits)
    attempts = (
        trials(pattern, part, TRIALS[level], seed)
        if level
        else (plain_trial(program.qubits, part),)
    )
    return tuple(
        replace(trial, region=tuple(largest[place] for place in trial.region)) for trial in attempts
    )


def _attempt(forward: Dependencies, backward: Dependencies, trial: Trial) -> Routed:
    """Routes after improving the start: the end of a way there and back is the next start."""
    start = trial.start
    for _ in range(trial.rounds):
        there = route(forward, trial.graph, start, trial.style).end
        start = route(backward, trial.graph, there, trial.style).end
    return route(forward, trial.graph, start, trial.style)


def _located(
    program: Program, routed: Routed, region: tuple[int, ...], size: int
) -> tuple[Program, Placement]:
    start = tuple(region[place] for place in routed.start)
    end = tuple(region[place] for place in routed.end)
    operations = tuple(
        Operation(op.gate, tuple(region[place] for place in op.qubits), op.angle)
        for op in routed.operations
    )
    observables = _moved(program.observables, end)
    located = replace(program, qubits=size, operations=operations, observables=observables)
    return located, Placement(start, end)


def _routing_note(program: Program, placed: Program) -> str:
    swaps = len(placed.operations) - len(program.operations)
    return f"routed, {swaps} swap{'' if swaps == 1 else 's'}"
