"""Candidates, between which the compiler chooses, and the record of its choice."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace

from qslc.ir.program import Placement, Program
from qslc.ir.steps import Alternative, Verdict
from qslc.lower.native import lower_to_native
from qslc.lower.objective import cost, two_qubit_depth, two_qubit_gates
from qslc.passes import Pass, clean_up
from qslc.spec.objectives import Cost, Objective
from qslc.targets.device import Device

FINALISTS = 3
"""Number of candidates that are cleaned up before one of them is chosen, as a clean-up changes
the order of close ones only."""

HOPELESS = 8
"""Ratio to the least cost beyond which a candidate is not cleaned up: that saves less."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A program on a device, one of several that measure the same.

    Args:
        program: Program whose two-qubit gates are on couplers of the device.
        placement: Where the qubits of the original program are, before and after it.
        method: Way by which it was found, as the report names it.
        note: How it was found, in a few words.
    """

    program: Program
    placement: Placement
    method: str
    note: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A candidate and what it costs.

    Args:
        candidate: The candidate.
        native: Its program in the gates of the device.
        cost: Cost of the native program, or of what clean-up makes of it.
        seconds: Wall time of lowering it to native gates.
    """

    candidate: Candidate
    native: Program
    cost: Cost
    seconds: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidate that was chosen, before clean-up, and the record of all, the best first."""

    best: Evaluation
    alternatives: tuple[Alternative, ...]


def evaluate(candidate: Candidate, device: Device, objective: Objective) -> Evaluation:
    """Lower a candidate to native gates and compute its cost."""
    started = time.perf_counter()
    program = lower_to_native(candidate.program, device)
    seconds = time.perf_counter() - started
    return Evaluation(candidate, program, cost(program, device, objective), seconds)


def choose(
    evaluations: Iterable[Evaluation],
    device: Device,
    objective: Objective,
    passes: tuple[Pass, ...],
) -> Choice:
    """Choose the candidate that costs least once it is cleaned up.

    Only those that cost least before are cleaned up, and those that are placed as written, in
    which clean-up finds the most to do. Of equals the first is taken.

    Args:
        evaluations: At least one candidate.
        device: Device of the candidates.
        objective: Objective of the compile.
        passes: Passes that later clean up the native program.
    """
    compared = sorted(evaluations, key=_cost)
    limit = HOPELESS * compared[0].cost[0]
    near = [each for each in compared[:FINALISTS] if each.cost[0] <= limit]
    rest = [each for each in compared[len(near) :] if each.candidate.method != "place"]
    tidied = [
        (each, _clean_up(each, device, objective, passes))
        for each in compared
        if not any(each is other for other in rest)
    ]
    (best, tidy), *others = sorted(tidied, key=lambda pair: _cost(pair[1]))
    return Choice(
        best,
        (
            _record("chosen", tidy),
            *(_record("finalist", each) for _, each in others),
            *(_record("compared", each) for each in rest),
        ),
    )


def _clean_up(
    evaluation: Evaluation, device: Device, objective: Objective, passes: tuple[Pass, ...]
) -> Evaluation:
    program = clean_up(evaluation.native, passes)
    return replace(evaluation, native=program, cost=cost(program, device, objective))


def _cost(evaluation: Evaluation) -> Cost:
    return evaluation.cost


def _record(verdict: Verdict, evaluation: Evaluation) -> Alternative:
    return Alternative(
        verdict,
        evaluation.candidate.method,
        evaluation.candidate.note,
        two_qubit_depth(evaluation.native),
        two_qubit_gates(evaluation.native),
        evaluation.cost[0],
    )
