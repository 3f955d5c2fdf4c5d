"""What candidates cost, and the choice between them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy

from qslc.diagnostics import InputError
from qslc.ir.program import Operation, PauliString, Placement, Program
from qslc.lower import candidates
from qslc.lower.candidates import (
    Candidate,
    Choice,
    choose,
    compute_cost,
    count_gates,
    evaluate,
)
from qslc.lower.native import lower_to_native
from qslc.lower.physical import lower_to_device
from qslc.lower.placement.relocation import bound_error, find_least_error, relocate
from qslc.passes import Pass
from qslc.spec.devices import GridDevice, build_device
from qslc.spec.objectives import OBJECTIVES, Cost
from qslc.targets.device import Device
from tests.lower.calibrated import randomly_calibrated, with_a_bad_region
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import pairs_of

LINE = build_device("line", 6)
HERE = Placement(tuple(range(6)), tuple(range(6)))


def czs(*pairs: tuple[int, int], measure: tuple[PauliString, ...] = ()) -> Program:
    return Program(6, tuple(Operation("cz", pair) for pair in pairs), measure)


FLAT, DEEP = czs((0, 1), (2, 3), (4, 5)), czs((0, 1), (1, 2))


def cost(program: Program, target: Device, name: str, find_loss=find_least_error) -> Cost:
    return compute_cost(program, target, OBJECTIVES[name], find_loss)


def test_depth_counts_more_than_gates():
    assert cost(FLAT, LINE, "depth") < cost(DEEP, LINE, "depth")


def test_gates_first_and_then_depth():
    assert cost(DEEP, LINE, "gates") == (2, 2, 3)
    assert cost(DEEP, LINE, "gates") < cost(FLAT, LINE, "gates")


def test_fidelity_is_that_of_the_best_place():
    target = with_a_bad_region(LINE, {0, 1, 2})
    bad, good = (czs(pair, measure=(PauliString(((pair[0], "Z"),)),)) for pair in ((0, 1), (4, 5)))
    assert cost(bad, target, "fidelity") == pytest.approx(cost(good, target, "fidelity"))


def test_the_bound_is_below_the_cost_of_every_place():
    target = randomly_calibrated(build_device("weber", 1), 2)
    program = layered("star", 7, 2)
    physical = lower_to_device(program, target, 1, 0, objective="fidelity").program
    bound = cost(physical, target, "fidelity", bound_error)
    assert bound < cost(physical, target, "fidelity")
    assert cost(physical, target, "depth", bound_error) == cost(physical, target, "depth")
    # The pairs of the program as it is written are not coupled.
    written = lower_to_native(program, target)
    assert cost(written, target, "fidelity", bound_error) < (1.0,)


def test_fidelity_needs_a_calibration():
    with pytest.raises(InputError, match="no calibration"):
        cost(FLAT, LINE, "fidelity")


@pytest.mark.parametrize("pattern", ["star", "all_to_all"])
def test_no_objective_is_served_better_by_another(pattern):
    target, program = build_device("weber", 7), layered(pattern, 7, 2)
    by = {name: lower_to_device(program, target, 3, 0, objective=name) for name in OBJECTIVES}
    for name, chosen in by.items():
        for other in by.values():
            assert cost(chosen.program, target, name) <= cost(other.program, target, name)
    moved = {
        name: relocate(each.program, each.placement, target).fidelity.chosen
        for name, each in by.items()
    }
    assert moved["fidelity"] == max(moved.values())


def candidate(gates: int) -> Candidate:
    return Candidate(
        czs(*((k % 2, k % 2 + 1) for k in range(gates))), HERE, "route", f"{gates} gates"
    )


def choose_from(gates, objective: str, shorten=lambda count: count) -> Choice:
    """Choose among programs of so many gates, of which clean-up leaves as many as it says."""

    def clean_up(program: Program) -> Program:
        operations = program.operations
        return replace(program, operations=operations[: shorten(len(operations))])

    aim = OBJECTIVES[objective]
    evaluations = [evaluate(candidate(each), LINE, aim) for each in gates]
    return choose(evaluations, LINE, aim, (Pass("clean-up", clean_up, level=0, once=True),))


def test_the_cheapest_is_first_and_all_are_on_record():
    found = choose_from((7, 3, 9, 5, 8), "gates")
    assert found.best.candidate == candidate(3)
    assert [each.two_qubit_gates for each in found.alternatives] == [3, 5, 7, 8, 9]
    assert [each.verdict for each in found.alternatives] == [
        "chosen",
        *["finalist"] * (OBJECTIVES["gates"].finalists - 1),
        *["compared"] * (5 - OBJECTIVES["gates"].finalists),
    ]
    assert [each.cost for each in found.alternatives] == [3, 5, 7, 8, 9]


def test_the_cleanup_decides_among_finalists_alone():
    found = choose_from((3, 4, 5, 9), "depth", lambda count: 1 if count in (5, 9) else count)
    assert found.best.candidate == candidate(5)
    assert [each.two_qubit_gates for each in found.alternatives] == [1, 3, 4, 9]


def test_what_costs_far_more_is_not_cleaned_up():
    found = choose_from((3, 4, 10), "depth", lambda count: 0 if count > 9 else count)
    assert found.best.candidate == candidate(3)
    assert [each.verdict for each in found.alternatives] == ["chosen", "finalist", "compared"]


def test_of_equals_the_first_is_taken():
    aim = OBJECTIVES["depth"]
    equals = candidate(4), replace(candidate(4), note="later")
    found = choose([evaluate(each, LINE, aim) for each in equals], LINE, aim, ())
    assert found.best.candidate is equals[0]


@pytest.mark.parametrize(("names", "chosen"), [("ab", 1), ("aa", 2)])
def test_dependent_angles_are_simulated(monkeypatch, names, chosen):
    """Of two circuits that are compared, the simulation would take the one with more gates."""
    monkeypatch.setattr(candidates, "simulate_least_error", lambda made, _: -count_gates(made))
    target, aim = randomly_calibrated(LINE, 1), OBJECTIVES["fidelity"]
    turns = [Operation("rx", (q,), sympy.Symbol(name)) for q, name in enumerate(names)]
    evaluations = []
    for count in (1, 2):
        plain = czs(*[(0, 1)] * count, measure=(PauliString(((0, "Z"),)),))
        program = replace(plain, operations=(*turns, *plain.operations))
        evaluations.append(evaluate(Candidate(program, HERE, "route", ""), target, aim))
    found = choose(evaluations, target, aim, ())
    assert count_gates(found.tidy.native) == chosen


def test_costs_may_be_negative():
    aim = replace(OBJECTIVES["gates"], name="more gates", rank=lambda each: (-each.gates,))
    found = choose([evaluate(candidate(each), LINE, aim) for each in (2, 9)], LINE, aim, ())
    assert found.best.candidate == candidate(9)


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
    assert (chosen.verdict, chosen.two_qubit_gates) == ("chosen", len(pairs_of(lowered.program)))
    assert lowered.steps[0].name == chosen.method
    assert all(each.verdict != "chosen" for each in others)
