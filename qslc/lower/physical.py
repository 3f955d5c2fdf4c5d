"""From a program on numbered qubits to one on the qubits, couplers and gates of a device."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from qslc.ir.metrics import metrics
from qslc.ir.program import Placement, Program, rename_qubits
from qslc.ir.steps import Alternative, Step
from qslc.lower.candidate import Candidate
from qslc.lower.choice import Choice, Cleanup, choice
from qslc.lower.native import native
from qslc.lower.objective import bound, cost, two_qubit_gates
from qslc.lower.partition import Part, joined, parts, restricted
from qslc.lower.placement.embedding import embedding
from qslc.lower.placement.graph import Graph, interactions
from qslc.lower.placement.layout import Trial, plain_trial, trial_at, trials
from qslc.lower.routing.swaps import swapped
from qslc.lower.synthesis.fan_outs import walked
from qslc.lower.synthesis.portfolio import problem, shortened, synthesised
from qslc.spec.model import Objective
from qslc.targets.device import Device

TRIALS = (1, 1, 4, 16)
"""How many attempts at routing each optimisation level makes."""

ROUTED = 4000
"""How many two-qubit gates all attempts at routing may see together, if there is more than one."""

LARGEST = 64
"""Up to how many qubits there is a search: the number of its steps grows with their square."""

EFFORTS = (0, 0, 3_000_000, 12_000_000)
"""How many words of bits the searches of each optimisation level may look at."""

OVERTIME = 8
"""How many times that, until something is found, where there is nothing else but SWAPs."""

_NO_SEARCH = Alternative("skipped", "synthesise", "no search at this level, or of this size")
_NOTHING_FOUND = Alternative("skipped", "synthesise", "found nothing within its effort")
_NO_PLACE = Alternative("skipped", "place", "no way was found to put all its pairs on couplers")
_NO_NEED = Alternative("skipped", "route", "without SWAPs it fits")
_NO_HOPE = Alternative(
    "skipped", "route", "what was found costs no more than the program would if it fitted"
)


@dataclass(frozen=True, slots=True)
class Lowered:
    """A program on a device.

    Args:
        program: native to the device.
        placement: where each qubit of the program is before and after it.
        steps: what was done.
        alternatives: what it was chosen from, the best first, and what was not tried.
    """

    program: Program
    placement: Placement
    steps: tuple[Step, ...]
    alternatives: tuple[Alternative, ...]


def physical_program(
    program: Program,
    device: Device,
    level: int,
    seed: int,
    cleanup: Cleanup = lambda program: program,
    objective: Objective = "depth",
) -> Lowered:
    """The program on a device.

    If the pairs of the program fit on the couplers, it is placed there and no gate is added.
    Otherwise SWAPs are inserted. From optimisation level 2 circuits found by search compete with
    these. The best is taken; the same arguments give the same program. Where no connected part of
    the device is large enough, groups of qubits that no gate joins go to parts of their own.

    Args:
        program: logical; its observables follow their qubits to where they end.
        device: its qubits are the qubits of the result.
        level: optimisation level, 0 to 3.
        seed: of the search.
        cleanup: what later happens to the native program, so that attempts are compared by what
            they will cost in the end.
        objective: what attempts are compared by; see ``qslc.lower.objective``.

    Raises:
        InputError: the device has no connected part that is large enough.
    """
    started = time.perf_counter()
    chosen = _chosen(program, device, level, seed, cleanup, objective)
    located, best = time.perf_counter(), chosen.candidate
    result = native(best.program, device)
    done = time.perf_counter()
    before, between, after = metrics(program), metrics(best.program), metrics(result)
    steps = (
        Step(best.method, before, between, located - started, best.note),
        Step("native gates", between, after, done - located, ", ".join(device.gates)),
    )
    return Lowered(result, best.placement, steps, chosen.alternatives)


def _chosen(
    program: Program, device: Device, level: int, seed: int, cleanup: Cleanup, objective: Objective
) -> Choice:
    """The best candidate, of the whole program or put together from those of its parts."""
    host = Graph(len(device.coordinates), device.edges)

    def best(program: Program, device: Device, host: Graph, effort: int) -> Choice:
        found, skipped = _candidates(program, device, host, level, seed, objective, effort)
        made = choice(found, device, objective, cleanup)
        return replace(made, alternatives=(*made.alternatives, *skipped))

    if len(host.components[0]) >= program.qubits:
        return best(program, device, host, EFFORTS[level])

    def alone(part: Part) -> Choice:
        effort = EFFORTS[level] * len(part.qubits) // program.qubits
        region = host.part(part.region)
        return best(restricted(program, part), device.part(part.region), region, effort)

    each = [(part, alone(part).candidate) for part in parts(program, device, host, seed)]
    return choice([joined(program, each, host.size)], device, objective, cleanup)


def _candidates(
    program: Program,
    device: Device,
    host: Graph,
    level: int,
    seed: int,
    objective: Objective,
    effort: int,
) -> tuple[list[Candidate], list[Alternative]]:
    """The program placed as it is, if it can be; found by search; and, if need be, with SWAPs.

    Also which of these there is no candidate of, and why.
    """
    if not effort or program.qubits > LARGEST:
        return _without_search(program, host, level, seed)
    whole = problem(program)
    short = shortened(whole, effort // 4)
    attempts = _trials(short, host, level, seed)
    as_is = _noted(_placed(short, host, seed), program, short)
    if short is not program:
        as_is += _placed(program, host, seed)
    starts = (*(trial_at(each.placement.start, host) for each in as_is), *attempts)
    fans = walked(whole, host)
    overtime = 1 if as_is or fans else OVERTIME
    search = synthesised(whole, starts, host.size, effort, objective, overtime)
    found = [*search, *fans]
    missing = [] if found else [_NOTHING_FOUND]
    if as_is:
        return [*as_is, *found], [*missing, _NO_NEED]
    # With SWAPs no program becomes better than it is as written.
    at_best = bound(native(short, device), device, objective)
    costs = (cost(native(each.program, device), device, objective) for each in found)
    if any(each <= at_best for each in costs):
        return found, [_NO_PLACE, _NO_HOPE]
    routed = swapped(short, attempts[: 4 if found else None], host.size)
    return [*found, *_noted(routed, program, short)], [*missing, _NO_PLACE]


def _without_search(
    program: Program, host: Graph, level: int, seed: int
) -> tuple[list[Candidate], list[Alternative]]:
    attempts = _trials(program, host, level, seed)
    if as_is := _placed(program, host, seed):
        return as_is, [_NO_SEARCH, _NO_NEED]
    return list(swapped(program, attempts, host.size)), [_NO_SEARCH, _NO_PLACE]


def _noted(candidates: Iterable[Candidate], written: Program, short: Program) -> list[Candidate]:
    """Candidates of a program that may have been shortened, which their notes then say."""
    if short is written:
        return list(candidates)
    before, after = two_qubit_gates(written), two_qubit_gates(short)
    note = f"after {before} two-qubit gates were shortened to {after}"
    return [replace(each, note=f"{each.note}, {note}") for each in candidates]


def _placed(program: Program, host: Graph, seed: int) -> list[Candidate]:
    """The program on couplers as it is, if an embedding is found."""
    places = embedding(interactions(program.operations, program.qubits), host, seed)
    if places is None:
        return []
    located = rename_qubits(program, places, host.size)
    return [Candidate(located, Placement(places, places), "place", "no swap")]


def _trials(program: Program, host: Graph, level: int, seed: int) -> tuple[Trial, ...]:
    """Attempts on the largest connected part, in the numbers of the whole device."""
    largest = host.components[0]
    part = host.part(largest)
    pattern = interactions(program.operations, program.qubits)
    count = max(1, min(TRIALS[level], ROUTED // (two_qubit_gates(program) + 1)))
    attempts = trials(pattern, part, count, seed) if level else (plain_trial(program.qubits, part),)
    return tuple(
        replace(trial, region=tuple(largest[place] for place in trial.region)) for trial in attempts
    )
