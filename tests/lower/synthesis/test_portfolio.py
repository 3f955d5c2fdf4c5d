from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from qslc.ir.program import Operation, Program
from qslc.lower.candidates import Candidate
from qslc.lower.objective import two_qubit_depth, two_qubit_gates
from qslc.lower.placement.graph import Graph, interaction_graph
from qslc.lower.placement.layout import Layout, make_trivial_layout, propose_layouts
from qslc.lower.synthesis.portfolio import pose_problem, shorten, synthesize
from qslc.pauli.tableau import are_measurable_together, make_tableau
from qslc.spec.objectives import OBJECTIVES, Cost, Figures
from tests.lower.exact_simulation import placed
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import (
    grid,
    line,
    program_expectations,
    ring,
    start_state,
)
from tests.passes.pass_programs import A, B, op, program, programs

EFFORT = 2_000_000


def search_from(
    written: Program,
    layouts: Sequence[Layout],
    size: int,
    effort: int = EFFORT,
    objective: str = "depth",
    overtime: int = 1,
) -> Iterator[Candidate]:
    problem, aim = pose_problem(written), OBJECTIVES[objective]
    return synthesize(problem, layouts, size, effort, aim, overtime)


def rank(circuit: Program, objective: str) -> Cost:
    return OBJECTIVES[objective].rank(Figures(two_qubit_depth(circuit), two_qubit_gates(circuit)))


def attempts(written: Program, device: Graph) -> tuple[Layout, ...]:
    return propose_layouts(interaction_graph(written.operations, written.qubits), device, 3, 0)


def weights(written: Program) -> dict[str, float]:
    return {name: 0.3 * k - 1 for k, name in enumerate(written.weights)}


def together(written: Program) -> bool:
    return are_measurable_together(make_tableau(written.observables))


@pytest.mark.parametrize("n", [4, 6, 9])
def test_an_entangler_of_all_pairs_becomes_a_chain(n):
    written = layered("all_to_all", n, 2)
    short = shorten(pose_problem(written), EFFORT)
    assert two_qubit_gates(short) == n - 1
    values, state = weights(written), start_state(written)
    np.testing.assert_allclose(
        program_expectations(short, state, values),
        program_expectations(written, state, values),
        atol=1e-9,
    )


@pytest.mark.parametrize("pattern", ["linear", "brick", "star"])
def test_what_is_short_stays_as_it_is(pattern):
    written = layered(pattern, 6, 3)
    # Its last entangler is a matter of the observables, as passes before have seen.
    written = replace(written, operations=written.operations[: -len(written.operations) // 3 + 6])
    assert shorten(pose_problem(written), EFFORT) == written


@settings(max_examples=60)
@given(programs(3, max_size=20))
def test_shorter_programs_measure_the_same_and_in_one_setting_if_they_could(written):
    short = shorten(pose_problem(written), EFFORT)
    state = start_state(written)
    np.testing.assert_allclose(
        program_expectations(short, state), program_expectations(written, state), atol=1e-9
    )
    assert two_qubit_gates(short) <= two_qubit_gates(written)
    assert together(short) or not together(written)


def test_a_shorter_program_with_hadamards_is_measured_in_one_setting():
    gates = (op("h 0"), op("rxx 2 0", A), op("cry 0 2", B))
    assert together(shorten(pose_problem(program(*gates, measure="Z0 Z1 Z2")), EFFORT))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("device", [line(7), ring(8), grid(2, 4)])
def test_candidates_are_on_couplers_and_measure_the_same(device, objective):
    written = layered("star", 6, 3)
    found = list(search_from(written, attempts(written, device), device.size, objective=objective))
    assert found
    for each in found:
        pairs = (op for op in each.program.operations if len(op.qubits) == 2)
        assert all(tuple(sorted(pair.qubits)) in device.edges for pair in pairs)
        state, values = start_state(written), weights(written)
        there = placed(state, each.placement.start, device.size)
        np.testing.assert_allclose(
            program_expectations(each.program, there, values),
            program_expectations(written, state, values),
            atol=1e-9,
        )
        assert together(each.program)
    costs = [rank(each.program, objective) for each in found]
    assert costs == sorted(costs)


def test_more_effort_finds_no_worse_and_at_last_better():
    written = layered("shifted_ring", 7, 4)

    def best(effort: int) -> tuple[float, ...]:
        first = next(iter(search_from(written, attempts(written, line(7)), 7, effort, "depth")))
        return rank(first.program, "depth")

    small, large = best(1_000_000), best(20_000_000)
    assert large < small


def test_a_ring_on_a_line_is_two_ladders_for_gates():
    """Folded, so that partners are two apart, a block is a ladder of CNOTs down and one up."""
    n = 12
    written = layered("ring", n, 3)
    last = max(k for k, each in enumerate(written.operations) if each.gate == "ry")
    written = replace(written, operations=written.operations[: last + 1])
    found = next(iter(search_from(written, attempts(written, line(n)), n, 12_000_000, "gates")))
    assert two_qubit_gates(found.program) <= 2 * 2 * (n - 1)


def test_a_first_circuit_may_take_longer_but_no_second():
    written = layered("ring", 7, 4)

    def found(effort: int, overtime: int) -> list[Candidate]:
        layouts = attempts(written, line(7))
        return list(search_from(written, layouts, 7, effort, "depth", overtime))

    assert found(100_000, 1) == []
    (first,) = found(100_000, 100)
    better, *others = found(10_000_000, 1)
    assert others
    assert two_qubit_depth(better.program) < two_qubit_depth(first.program)


def test_no_effort_finds_nothing():
    written = layered("ring", 5, 2)
    assert list(search_from(written, attempts(written, line(5)), 5, 0, "depth")) == []
    assert shorten(pose_problem(written), 0) == written


def test_the_region_of_an_attempt_is_where_its_circuit_is():
    written = layered("linear", 3, 2)
    trivial = make_trivial_layout(3, line(3))
    layout = replace(trivial, region=(4, 2, 7), graph=line(3), start=(1, 0, 2))
    found = next(search_from(written, [layout], 8))
    assert found.placement.start == (2, 4, 7)
    pairs = {frozenset(each.qubits) for each in found.program.operations if len(each.qubits) == 2}
    assert pairs <= {frozenset((4, 2)), frozenset((2, 7))}


@pytest.mark.parametrize("gate", ["crx", "cry", "ryy"])
def test_rotations_that_cnots_do_not_gather_are_found_too(gate):
    written = program(
        op("rx 0", A), op(f"{gate} 0 2", B), op("ry 2", A), op(f"{gate} 2 1", B), measure="Z0 Z1 Z2"
    )
    assert list(search_from(written, attempts(written, line(3)), 3, EFFORT, "depth"))


def test_one_qubit_needs_no_coupler():
    written = Program(1, (Operation("ry", (0,), A),), program(measure="Z0").observables, ("a",))
    device = Graph(1, ())
    found = next(iter(search_from(written, (make_trivial_layout(1, device),), 1, EFFORT, "depth")))
    assert found.program.operations == written.operations
    assert shorten(pose_problem(written), EFFORT) == written
