"""From a program on numbered qubits to one on the qubits, couplers and gates of a device."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from qslc.diagnostics import Diagnostic, InputError
from qslc.ir.metrics import metrics
from qslc.ir.program import Placement, Program
from qslc.ir.steps import Step
from qslc.lower.candidate import Candidate, placed
from qslc.lower.coupling import Graph, interactions
from qslc.lower.embedding import embedding
from qslc.lower.layout import Trial, plain_trial, trials
from qslc.lower.native import native
from qslc.lower.objective import bound, cost
from qslc.lower.swapping import swapped
from qslc.lower.synthesis.portfolio import problem, shortened, synthesised
from qslc.spec.model import Objective
from qslc.targets.device import Device

TRIALS = (1, 1, 4, 16)
"""How many attempts at routing each optimisation level makes."""

EFFORTS = (0, 0, 4_000_000, 20_000_000)
"""How many words of bits the searches of each optimisation level may look at."""

FINALISTS = 3
"""How many candidates are cleaned up before one of them is chosen."""

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
    candidates = sorted(
        _candidates(program, device, host, level, seed, objective),
        key=lambda each: cost(native(each.program, device), device, objective),
    )
    choice = min(
        candidates[:FINALISTS],
        key=lambda each: cost(cleanup(native(each.program, device)), device, objective),
    )
    located = time.perf_counter()
    result = native(choice.program, device)
    done = time.perf_counter()
    before, between, after = metrics(program), metrics(choice.program), metrics(result)
    steps = (
        Step(choice.method, before, between, located - started, choice.note),
        Step("native gates", between, after, done - located, ", ".join(device.gates)),
    )
    return result, choice.placement, steps


def _candidates(
    program: Program, device: Device, host: Graph, level: int, seed: int, objective: Objective
) -> list[Candidate]:
    """The program placed as it is, if it can be; found by search; and, if need be, with SWAPs."""
    if not EFFORTS[level]:
        return _without_search(program, device, host, level, seed)
    whole = problem(program)
    short = shortened(whole, EFFORTS[level] // 4)
    attempts = _trials(short, device, host, level, seed)
    as_is = _placed(short, host, seed)
    found = list(synthesised(whole, attempts, host.size, EFFORTS[level], objective))
    if as_is:
        return [*as_is, *found]
    # With SWAPs no program becomes better than it is as written.
    at_best = bound(native(short, device), device, objective)
    costs = (cost(native(each.program, device), device, objective) for each in found)
    if any(each <= at_best for each in costs):
        return found
    return [*found, *swapped(short, attempts[: 4 if found else None], host.size)]


def _without_search(
    program: Program, device: Device, host: Graph, level: int, seed: int
) -> list[Candidate]:
    attempts = _trials(program, device, host, level, seed)
    return _placed(program, host, seed) or list(swapped(program, attempts, host.size))


def _placed(program: Program, host: Graph, seed: int) -> list[Candidate]:
    """The program on couplers as it is, if an embedding is found."""
    places = embedding(interactions(program.operations, program.qubits), host, seed)
    if places is None:
        return []
    located = placed(program, places, host.size)
    return [Candidate(located, Placement(places, places), "place", "no swap")]


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
