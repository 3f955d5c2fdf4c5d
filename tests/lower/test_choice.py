from __future__ import annotations

from dataclasses import replace

import pytest

from qslc.ir.program import Operation, Placement, Program
from qslc.lower.candidates import FINALISTS, Candidate, Choice, choose, evaluate
from qslc.lower.physical import lower_to_device
from qslc.passes import Pass
from qslc.spec.devices import GridDevice, build_device
from qslc.spec.objectives import OBJECTIVES
from tests.lower.patterns import layered

LINE = build_device("line", 4)
HERE = Placement((0, 1, 2, 3), (0, 1, 2, 3))


def candidate(gates: int) -> Candidate:
    operations = tuple(Operation("cz", (k % 2, k % 2 + 1)) for k in range(gates))
    return Candidate(Program(4, operations, ()), HERE, "route", f"{gates} gates")


def gates(program: Program) -> int:
    return len(program.operations)


def choose_from(candidates, objective: str, cleanup=lambda program: program) -> Choice:
    aim = OBJECTIVES[objective]
    evaluations = [evaluate(each, LINE, aim) for each in candidates]
    return choose(evaluations, LINE, aim, (Pass("clean-up", cleanup, level=0, once=True),))


def test_the_cheapest_is_first_and_all_are_on_record():
    found = choose_from(map(candidate, (7, 3, 9, 5, 8)), "gates")
    assert found.best.candidate == candidate(3)
    assert [each.two_qubit_gates for each in found.alternatives] == [3, 5, 7, 8, 9]
    assert [each.verdict for each in found.alternatives] == [
        "chosen",
        *["finalist"] * (FINALISTS - 1),
        *["compared"] * (5 - FINALISTS),
    ]
    assert [each.cost for each in found.alternatives] == [3, 5, 7, 8, 9]


def test_the_cleanup_decides_among_finalists_alone():
    def halved(program: Program) -> Program:
        count = len(program.operations)
        return replace(program, operations=program.operations[: 1 if count in (5, 9) else count])

    found = choose_from(map(candidate, (3, 4, 5, 9)), "depth", halved)
    assert found.best.candidate == candidate(5)
    assert [each.two_qubit_gates for each in found.alternatives] == [1, 3, 4, 9]


def test_what_costs_far_more_is_not_cleaned_up():
    def emptied(program: Program) -> Program:
        return replace(program, operations=program.operations[: 0 if gates(program) > 9 else 99])

    found = choose_from(map(candidate, (3, 4, 10)), "depth", emptied)
    assert found.best.candidate == candidate(3)
    assert [each.verdict for each in found.alternatives] == ["chosen", "finalist", "compared"]


def test_of_equals_the_first_is_taken():
    first, second = candidate(4), replace(candidate(4), note="later")
    assert choose_from((first, second), "depth").best.candidate == first


@pytest.mark.parametrize(
    ("pattern", "level", "skipped"),
    [
        ("linear", 1, {"synthesize": "no search", "route": "it fits"}),
        ("star", 1, {"synthesize": "no search", "place": "couplers"}),
        ("linear", 2, {"route": "it fits"}),
    ],
)
def test_what_is_skipped_is_on_record(pattern, level, skipped):
    target = build_device(GridDevice(grid=(2, 4)), 8)
    found = lower_to_device(layered(pattern, 6, 2), target, level, 0).alternatives
    reasons = {each.method: each.note for each in found if each.verdict == "skipped"}
    assert reasons.keys() == skipped.keys()
    assert all(part in reasons[method] for method, part in skipped.items())


def test_the_chosen_alternative_is_the_program():
    lowered = lower_to_device(layered("ring", 5, 3), build_device("line", 5), 2, 0)
    chosen, *others = lowered.alternatives
    gates = sum(len(op.qubits) == 2 for op in lowered.program.operations)
    assert (chosen.verdict, chosen.two_qubit_gates) == ("chosen", gates)
    assert lowered.steps[0].name == chosen.method
    assert all(each.verdict != "chosen" for each in others)
