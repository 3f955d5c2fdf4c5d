from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.diagnostics import InputError
from qslc.ir.metrics import count_metrics
from qslc.ir.program import Operation, PauliString, Placement, Program
from qslc.lower.physical import lower_to_device
from qslc.lower.placement.relocation import (
    find_best_places,
    least_loss,
    relocate,
    relocate_at_level,
)
from qslc.spec.devices import GridDevice, HeavyHexDevice, build_device
from qslc.targets.device import Device
from qslc.targets.fidelity import compute_log_loss, estimate_fidelity
from tests.lower.calibrated import randomly_calibrated, with_a_bad_region
from tests.lower.exact_simulation import expectation, placed, random_state, run
from tests.lower.patterns import PATTERNS, layered

GRID = build_device(GridDevice(grid=(2, 5)), 1)
HEAVY_HEX = build_device(HeavyHexDevice(heavy_hex=7), 1)


def expectations(program: Program, placement: Placement, seed: int = 0) -> list[float]:
    """On a random state of the logical qubits, put where the placement says it starts."""
    values = {name: 0.3 * k - 1 for k, name in enumerate(program.weights)}
    state = random_state(len(placement.start), np.random.default_rng(seed))
    final = run(program, placed(state, placement.start, program.qubits), values)
    return [expectation(observable, final) for observable in program.observables]


@settings(max_examples=30, deadline=None)
@given(
    pattern=st.sampled_from(PATTERNS),
    n=st.integers(2, 6),
    seed=st.integers(0, 99),
    level=st.integers(0, 2),
)
def test_a_moved_program_costs_and_measures_the_same(pattern, n, seed, level):
    target = randomly_calibrated(GRID, seed)
    lowered = lower_to_device(layered(pattern, n, 2), target, level, seed)
    program, placement = lowered.program, lowered.placement
    moved = relocate(program, placement, target)
    assert count_metrics(moved.program) == count_metrics(program)
    assert {tuple(sorted(op.qubits)) for op in moved.program.operations if len(op.qubits) == 2} <= {
        *target.edges
    }
    np.testing.assert_allclose(
        expectations(moved.program, moved.placement), expectations(program, placement), atol=1e-9
    )
    assert moved.fidelity.first_found == pytest.approx(estimate_fidelity(program, target))
    assert moved.fidelity.chosen == pytest.approx(estimate_fidelity(moved.program, target))
    assert moved.fidelity.chosen >= moved.fidelity.first_found


@pytest.mark.parametrize("pattern", ["linear", "ring", "star"])
def test_a_bad_region_is_left(pattern):
    # Left to itself, placement begins at the first qubits.
    target = with_a_bad_region(HEAVY_HEX, set(range(40)))
    lowered = lower_to_device(layered(pattern, 8, 2), target, 1, 0)
    program, placement = lowered.program, lowered.placement
    moved = relocate(program, placement, target)
    assert any(qubit < 40 for op in program.operations for qubit in op.qubits)
    assert all(qubit >= 40 for op in moved.program.operations for qubit in op.qubits)
    assert moved.fidelity.chosen > 1.5 * moved.fidelity.first_found


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("pattern", ["linear", "ring", "brick", "star"])
def test_the_best_place_of_a_small_program_is_found(pattern, seed):
    target = randomly_calibrated(build_device(GridDevice(grid=(2, 4)), 1), seed)
    program = lower_to_device(layered(pattern, 4, 2), target, 1, 0).program
    used = sorted(find_best_places(program, target))
    couplers = {*target.edges, *((b, a) for a, b in target.edges)}
    pairs = {op.qubits for op in program.operations if len(op.qubits) == 2}
    losses = [
        compute_log_loss(moved(program, dict(zip(used, places, strict=True))), target)
        for places in permutations(range(8), len(used))
        if all((places[used.index(a)], places[used.index(b)]) in couplers for a, b in pairs)
    ]
    assert least_loss(program, target) == pytest.approx(min(losses), rel=1e-12)


def moved(program: Program, place: dict[int, int]) -> Program:
    operations = tuple(
        Operation(op.gate, tuple(place[q] for q in op.qubits), op.angle)
        for op in program.operations
    )
    observables = tuple(
        PauliString(tuple((place[q], pauli) for q, pauli in observable.paulis), observable.sign)
        for observable in program.observables
    )
    return Program(
        program.qubits, operations, observables, program.weights, packing=program.packing
    )


def test_a_crowded_device_leaves_no_choice_but_its_symmetries():
    target = randomly_calibrated(build_device("ring", 6), 3)
    lowered = lower_to_device(layered("linear", 6, 2), target, 1, 0)
    program, placement = lowered.program, lowered.placement
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
    lowered = lower_to_device(layered("ring", 6, 2), target, 1, 0)
    program, placement = lowered.program, lowered.placement
    once = relocate(program, placement, target)
    twice = relocate(once.program, once.placement, target)
    assert (twice.program, twice.placement) == (once.program, once.placement)
    assert twice.fidelity.first_found == twice.fidelity.chosen == once.fidelity.chosen


def test_the_same_arguments_give_the_same_place():
    target = randomly_calibrated(HEAVY_HEX, 4)
    lowered = lower_to_device(layered("star", 9, 2), target, 2, 0)
    program, placement = lowered.program, lowered.placement
    first, second = (relocate(program, placement, target) for _ in range(2))
    assert (first.program, first.placement, first.fidelity) == (
        second.program,
        second.placement,
        second.fidelity,
    )


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
    lowered = lower_to_device(layered("ring", 4, 1), target, 0, 0)
    program, placement = lowered.program, lowered.placement
    stayed = relocate_at_level(program, placement, target, 0)
    assert (stayed.program, stayed.placement, stayed.steps) == (program, placement, ())
    assert stayed.fidelity.first_found == stayed.fidelity.chosen > 0
    unknown = relocate_at_level(program, placement, GRID, 3)
    assert (unknown.program, unknown.fidelity, unknown.steps) == (program, None, ())
    with pytest.raises(InputError, match="no calibration"):
        relocate(program, placement, GRID)


def test_an_empty_program_has_nothing_to_lose():
    target = randomly_calibrated(Device("one", ((0,),), ()), 0)
    result = relocate(Program(1, (), ()), Placement((0,), (0,)), target)
    assert result.fidelity.chosen == 1.0
    assert result.placement == Placement((0,), (0,))
