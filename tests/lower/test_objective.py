from __future__ import annotations

import pytest

from qslc.diagnostics import InputError
from qslc.ir.program import Operation, PauliString, Program
from qslc.lower import objective
from qslc.lower.native import lower_to_native
from qslc.lower.physical import lower_to_device
from qslc.lower.placement.relocation import relocate
from qslc.spec.devices import build_device
from qslc.spec.objectives import OBJECTIVES, Cost
from qslc.targets.device import Device
from tests.lower.calibrated import randomly_calibrated, with_a_bad_region
from tests.lower.patterns import layered

LINE = build_device("line", 6)
FLAT = Program(6, tuple(Operation("cz", pair) for pair in ((0, 1), (2, 3), (4, 5))), ())
DEEP = Program(6, tuple(Operation("cz", pair) for pair in ((0, 1), (1, 2))), ())


def cost(program: Program, target: Device, name: str) -> Cost:
    return objective.cost(program, target, OBJECTIVES[name])


def bound(program: Program, target: Device, name: str) -> Cost:
    return objective.bound(program, target, OBJECTIVES[name])


def test_depth_counts_more_than_gates():
    assert cost(FLAT, LINE, "depth") < cost(DEEP, LINE, "depth")


def test_gates_first_and_then_depth():
    assert cost(DEEP, LINE, "gates") == (2, 2, 3)
    assert cost(DEEP, LINE, "gates") < cost(FLAT, LINE, "gates")


def test_fidelity_is_that_of_the_best_place():
    target = with_a_bad_region(LINE, {0, 1, 2})
    bad, good = (
        Program(6, (Operation("cz", pair),), (PauliString(((pair[0], "Z"),)),))
        for pair in ((0, 1), (4, 5))
    )
    assert cost(bad, target, "fidelity") == pytest.approx(cost(good, target, "fidelity"))
    assert cost(DEEP, target, "fidelity") < cost(FLAT, target, "fidelity")


def test_the_bound_is_below_the_cost_of_every_place():
    target = randomly_calibrated(build_device("weber", 1), 2)
    program = layered("star", 7, 2)
    physical = lower_to_device(program, target, 1, 0, objective="fidelity").program
    assert bound(physical, target, "fidelity") < cost(physical, target, "fidelity")
    assert bound(physical, target, "depth") == cost(physical, target, "depth")
    # The pairs of the program as it is written are not coupled.
    assert bound(lower_to_native(program, target), target, "fidelity") < (1.0,)


def test_fidelity_needs_a_calibration():
    with pytest.raises(InputError, match="no calibration"):
        cost(FLAT, LINE, "fidelity")


@pytest.mark.parametrize("pattern", ["star", "all_to_all"])
def test_no_objective_is_served_better_by_another(pattern):
    target, program = build_device("weber", 7), layered(pattern, 7, 2)
    by = {
        name: lower_to_device(program, target, 3, 0, objective=name)
        for name in ("depth", "gates", "fidelity")
    }
    for name, chosen in by.items():
        for other in by.values():
            assert cost(chosen.program, target, name) <= cost(other.program, target, name)
    moved = {
        name: relocate(each.program, each.placement, target).fidelity.chosen
        for name, each in by.items()
    }
    assert moved["fidelity"] == max(moved.values())
