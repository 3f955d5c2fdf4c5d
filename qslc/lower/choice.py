"""The best of several candidates, and a record of all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from qslc.ir.program import Program
from qslc.ir.steps import Alternative, Verdict
from qslc.lower.candidate import Candidate
from qslc.lower.native import native
from qslc.lower.objective import Cost, cost, two_qubit_depth, two_qubit_gates
from qslc.spec.model import Objective
from qslc.targets.device import Device

FINALISTS = 3
"""How many candidates are cleaned up before one of them is chosen."""

FAR = 8
"""How many times the least cost is too much for a clean-up to mend."""

Cleanup = Callable[[Program], Program]


@dataclass(frozen=True, slots=True)
class Choice:
    """The candidate taken; and all of them, the best first."""

    candidate: Candidate
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    """A candidate in native gates, as far as it has been cleaned up."""

    candidate: Candidate
    program: Program
    cost: Cost


def choice(
    candidates: Iterable[Candidate], device: Device, objective: Objective, cleanup: Cleanup
) -> Choice:
    """The candidate that costs least once it is native and cleaned up.

    Only those that cost least before are cleaned up, and those that are as written, which leave a
    clean-up most to do. Of equals the first is taken.

    Args:
        candidates: at least one, on the device.
        device: whose gates are native.
        objective: what costs are.
        cleanup: what later happens to the native program.
    """

    def entry(candidate: Candidate, program: Program) -> _Entry:
        return _Entry(candidate, program, cost(program, device, objective))

    compared = sorted((entry(c, native(c.program, device)) for c in candidates), key=_cost)
    most = FAR * compared[0].cost[0]
    near = [each for each in compared[:FINALISTS] if each.cost[0] <= most]
    rest = [each for each in compared[len(near) :] if each.candidate.method != "place"]
    finalists = [each for each in compared if not any(each is other for other in rest)]
    best, *others = sorted(
        (entry(each.candidate, cleanup(each.program)) for each in finalists), key=_cost
    )
    return Choice(
        best.candidate,
        (
            _alternative("chosen", best),
            *(_alternative("finalist", each) for each in others),
            *(_alternative("compared", each) for each in rest),
        ),
    )


def _cost(entry: _Entry) -> Cost:
    return entry.cost


def _alternative(verdict: Verdict, entry: _Entry) -> Alternative:
    return Alternative(
        verdict,
        entry.candidate.method,
        entry.candidate.note,
        two_qubit_depth(entry.program),
        two_qubit_gates(entry.program),
        entry.cost[0],
    )
