from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.diagnostics import InputError
from qslc.ir.metrics import count_metrics
from qslc.ir.program import Operation, PauliString, Placement, Program, rename_qubits
from qslc.lower.physical import lower_to_device
from qslc.lower.placement.relocation import (
    find_best_places,
    find_least_error,
    predict_error,
    relocate,
)
from qslc.spec.devices import GridDevice, HeavyHexDevice, build_device
from qslc.targets.device import Device
from qslc.targets.fidelity import estimate_fidelity
from tests.lower.calibrated import randomly_calibrated, with_a_bad_region
from tests.lower.patterns import PATTERNS, layered
from tests.lower.synthesis.samples import assert_measures_the_same, assert_runs_on

GRID = build_device(GridDevice(grid=(2, 5)), 1)
HEAVY_HEX = build_device(HeavyHexDevice(heavy_hex=7), 1)


def lower(pattern: str, n: int, target: Device, level: int = 1, layers: int = 2, seed: int = 0):
    """Return a layered program on a device, and its placement."""
    lowered = lower_to_device(layered(pattern, n, layers), target, level, seed)
    return lowered.program, lowered.placement


@settings(max_examples=30, deadline=None)
@given(
    pattern=st.sampled_from(PATTERNS),
    n=st.integers(2, 6),
    seed=st.integers(0, 99),
    level=st.integers(0, 2),
)
def test_a_moved_program_costs_and_measures_the_same(pattern, n, seed, level):
    target = randomly_calibrated(GRID, seed)
    program, placement = lower(pattern, n, target, level, seed=seed)
    moved = relocate(program, placement, target)
    assert count_metrics(moved.program) == count_metrics(program)
    assert_runs_on(moved.program, target)
    assert_measures_the_same(moved.program, layered(pattern, n, 2), moved.placement.start)
    assert moved.fidelity.first_found == pytest.approx(estimate_fidelity(program, target))
    assert moved.fidelity.chosen == pytest.approx(estimate_fidelity(moved.program, target))
    assert predict_error(moved.program, target) <= predict_error(program, target)


@pytest.mark.parametrize("pattern", ["linear", "ring", "star"])
def test_a_bad_region_is_left(pattern):
    # Left to itself, placement begins at the first qubits.
    target = with_a_bad_region(HEAVY_HEX, set(range(40)))
    program, placement = lower(pattern, 8, target)
    moved = relocate(program, placement, target)
    assert any(qubit < 40 for op in program.operations for qubit in op.qubits)
    assert all(qubit >= 40 for op in moved.program.operations for qubit in op.qubits)
    assert moved.fidelity.chosen > 1.5 * moved.fidelity.first_found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("pattern", ["linear", "ring", "brick", "star"])
def test_the_best_place_of_a_small_program_is_found(pattern, seed):
    target = randomly_calibrated(build_device(GridDevice(grid=(2, 4)), 1), seed)
    program, _ = lower(pattern, 4, target)
    used = sorted(find_best_places(program, target))
    couplers = {*target.edges, *((b, a) for a, b in target.edges)}
    pairs = {op.qubits for op in program.operations if len(op.qubits) == 2}
    errors = [
        predict_error(rename_qubits(program, dict(zip(used, places, strict=True)), 8), target)
        for places in permutations(range(8), len(used))
        if all((places[used.index(a)], places[used.index(b)]) in couplers for a, b in pairs)
    ]
    assert min(errors) <= find_least_error(program, target) < 1.05 * min(errors)


def test_a_crowded_device_leaves_no_choice_but_its_symmetries():
    target = randomly_calibrated(build_device("ring", 6), 3)
    program, placement = lower("linear", 6, target)
    result = relocate(program, placement, target)
    assert sorted(result.placement.start) == list(range(6))
    assert result.fidelity.chosen > result.fidelity.first_found


def test_logical_qubits_without_work_keep_or_find_a_place():
    target = with_a_bad_region(build_device("line", 6), {0, 1})
    cz = Operation("cz", (0, 1))
    program = Program(6, (cz,) * 3, (PauliString(((0, "Z"),)),), packing="aligned")
    result = relocate(program, Placement((0, 1, 4, 5), (1, 0, 4, 5)), target)
    start, end = result.placement.start, result.placement.end
    assert {start[0], start[1]} <= {2, 3, 4, 5}
    assert (end[0], end[1]) == (start[1], start[0])
    assert len({*start}) == 4
    assert start[2:] == end[2:]


def test_what_already_runs_best_stays():
    target = randomly_calibrated(GRID, 1)
    program, placement = lower("ring", 6, target)
    once = relocate(program, placement, target)
    twice = relocate(once.program, once.placement, target)
    assert (twice.program, twice.placement) == (once.program, once.placement)
    assert twice.fidelity.first_found == twice.fidelity.chosen == once.fidelity.chosen


def test_the_same_arguments_give_the_same_place():
    target = randomly_calibrated(HEAVY_HEX, 4)
    program, placement = lower("star", 9, target, level=2)
    first, second = (relocate(program, placement, target) for _ in range(2))
    assert replace(first, steps=()) == replace(second, steps=())


def test_a_program_on_every_qubit_of_a_large_device():
    target = randomly_calibrated(HEAVY_HEX, 5)
    angle = sympy.Symbol("a")
    rotations = tuple(Operation("ry", (q,), angle) for q in range(115))
    gates = tuple(Operation("cz", edge) for edge in HEAVY_HEX.edges)
    program = Program(115, (*rotations, *gates), (), ("a",), packing="aligned")
    everywhere = Placement(tuple(range(115)), tuple(range(115)))
    result = relocate(program, everywhere, target)
    assert sorted(result.placement.start) == list(range(115))
    assert count_metrics(result.program) == count_metrics(program)


def test_nothing_moves_at_level_0_or_without_a_calibration():
    target = randomly_calibrated(GRID, 6)
    program, placement = lower("ring", 4, target, level=0, layers=1)
    stayed = relocate(program, placement, target, 0)
    assert (stayed.program, stayed.placement, stayed.steps) == (program, placement, ())
    assert stayed.fidelity.first_found == stayed.fidelity.chosen > 0
    unknown = relocate(program, placement, GRID, 3)
    assert (unknown.program, unknown.fidelity, unknown.steps) == (program, None, ())
    with pytest.raises(InputError, match="no calibration"):
        find_best_places(program, GRID)


def test_an_empty_program_has_nothing_to_lose():
    target = randomly_calibrated(Device("one", ((0,),), ()), 0)
    result = relocate(Program(1, (), ()), Placement((0,), (0,)), target)
    assert result.fidelity.chosen == 1.0
    assert result.placement == Placement((0,), (0,))
