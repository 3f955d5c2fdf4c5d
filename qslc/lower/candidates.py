"""Candidates, between which the compiler chooses, what they cost, and the record of its choice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from math import isnan
from numbers import Real
from operator import attrgetter

from qslc.diagnostics import CompilerFaultError
from qslc.feasibility.draws import count_draws, have_dependent_angles
from qslc.ir.decompositions import count_two_qubit_gates
from qslc.ir.metrics import count_levels, find_used_qubits
from qslc.ir.program import Placement, Program
from qslc.ir.steps import Alternative, Verdict
from qslc.lower.last_frame import choose_last_frame
from qslc.lower.native import lower_to_native
from qslc.lower.placement.relocation import find_least_error, simulate_least_error
from qslc.passes import Pass, clean_up
from qslc.spec.objectives import Cost, Figures, Objective
from qslc.targets.device import Device

WORST_RATIO = 8
"""Ratio to the least cost beyond which a candidate is not cleaned up: that saves less."""


FEWEST, FINALISTS = 3, 1200
"""Finalists in any case, and where there may be more, their number times two-qubit gates."""


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
    """The candidate that was chosen, before and after clean-up, and the record of all.

    In the record the best is first.
    """

    best: Evaluation
    tidy: Evaluation
    alternatives: tuple[Alternative, ...]


def evaluate(candidate: Candidate, device: Device, objective: Objective) -> Evaluation:
    """Lower a candidate to native gates and compute its cost."""
    started = time.perf_counter()
    program = lower_to_native(candidate.program, device)
    seconds = time.perf_counter() - started
    return Evaluation(candidate, program, compute_cost(program, device, objective), seconds)


def choose(
    evaluations: Iterable[Evaluation],
    device: Device,
    objective: Objective,
    passes: tuple[Pass, ...],
    *,
    framed: bool = False,
) -> Choice:
    """Choose the candidate that costs least once it is cleaned up.

    Only those that cost least before are cleaned up, and those that are placed as written, in
    which clean-up finds the most to do. Of equals the first is taken.

    Args:
        evaluations: At least one candidate.
        device: Device of the candidates.
        objective: Objective of the compile.
        passes: Passes that later clean up the native program.
        framed: Whether a last frame is chosen then, too.
    """
    compared = sorted(evaluations, key=attrgetter("cost"))
    most = max(
        FEWEST, min(objective.finalists, FINALISTS // max(1, count_gates(compared[0].native)))
    )
    limit = WORST_RATIO * compared[0].cost[0]
    find_error = _choose_prediction(compared)
    tidied, rest = [], []
    for number, each in enumerate(compared):
        near = not number or (number < most and each.cost[0] <= limit)
        if not near and each.candidate.method != "place":
            rest.append(each)
            continue
        programs = [clean_up(each.native, passes)]
        if framed:
            programs.insert(0, choose_last_frame(programs[0], device, passes)[0])
        made = (
            replace(each, native=program, cost=compute_cost(program, device, objective, find_error))
            for program in programs
        )
        tidied.append((each, min(made, key=attrgetter("cost"))))
    (best, tidy), *others = sorted(tidied, key=lambda pair: pair[1].cost)
    return Choice(
        best,
        tidy,
        (
            _record("chosen", tidy),
            *(_record("finalist", each) for _, each in others),
            *(_record("compared", each) for each in rest),
        ),
    )


def _choose_prediction(compared: Sequence[Evaluation]) -> Callable[[Program, Device], float]:
    """Return how errors are predicted: by simulation where angles depend on each other."""
    programs = [each.native for each in compared]
    if not have_dependent_angles(programs[0].operations) or programs[0].start == "any":
        return find_least_error
    small = all(count_draws(len(find_used_qubits(program))) for program in programs)
    return simulate_least_error if small else find_least_error


def _record(verdict: Verdict, evaluation: Evaluation) -> Alternative:
    return Alternative(
        verdict,
        evaluation.candidate.method,
        evaluation.candidate.note,
        count_depth(evaluation.native),
        count_gates(evaluation.native),
        evaluation.cost[0],
    )


def compute_cost(
    program: Program,
    device: Device,
    objective: Objective,
    find_error: Callable[[Program, Device], float] = find_least_error,
) -> Cost:
    """Return the cost of a native program, at its best place on the device.

    The smaller one of two costs is the better. After what the objective counts, the program on
    fewer qubits is preferred.

    Args:
        program: Program in the native gates of the device.
        device: Device; calibrated if the objective needs that.
        objective: Objective of the compile.
        find_error: Function that predicts the error, where the objective needs that.
            ``bound_error`` in its place gives a bound for a program on any pairs of qubits: its
            cost with all of them on the best couplers.

    Raises:
        InputError: The objective needs a calibration, and the device has none.
        CompilerFaultError: The objective does not give numbers.
    """
    error = find_error(program, device) if objective.needs_calibration else 0.0
    figures = Figures(count_depth(program), count_gates(program), error)
    return *rank(figures, objective), len(find_used_qubits(program))


def rank(figures: Figures, objective: Objective) -> Cost:
    """Return the cost of a circuit by its figures.

    Raises:
        CompilerFaultError: The objective does not give numbers.
    """
    found = objective.rank(figures)
    numbers = found if isinstance(found, tuple) else ()
    if not numbers or not all(isinstance(n, Real) and not isnan(n) for n in numbers):
        message = f"the objective {objective.name!r} ranks {figures} as {found!r:.80}"
        raise CompilerFaultError(f"{message}, and not by numbers")
    return found


def count_depth(program: Program) -> int:
    """Return the length of the longest chain of two-qubit gates, in gates of the device."""
    return count_levels(
        program.operations, lambda op: count_two_qubit_gates(op.gate, program.native)
    )


def count_gates(program: Program) -> int:
    """Return the number of two-qubit gates, in gates of the device."""
    return sum(count_two_qubit_gates(op.gate, program.native) for op in program.operations)
