from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings

from qslc.ir.program import Program
from qslc.lower.candidates import Candidate, count_depth, count_gates
from qslc.lower.placement.graph import Graph, make_interaction_graph
from qslc.lower.placement.layout import Layout, make_trivial_layout, propose_layouts
from qslc.lower.synthesis.portfolio import make_problem, shorten, synthesize
from qslc.pauli.tableau import are_measurable_together, make_tableau
from qslc.spec.objectives import OBJECTIVES, Cost, Figures
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import assert_measures_the_same, grid, line, pairs_of, ring
from tests.passes.pass_programs import circuit, program, programs

EFFORT = 2_000_000


def search_from(
    written: Program,
    layouts: Sequence[Layout],
    size: int,
    effort: int = EFFORT,
    objective: str = "depth",
    overtime: int = 1,
) -> Iterator[Candidate]:
    problem, aim = make_problem(written), OBJECTIVES[objective]
    return synthesize(problem, layouts, size, effort, aim, overtime)


def rank(circuit: Program, objective: str) -> Cost:
    return OBJECTIVES[objective].rank(Figures(count_depth(circuit), count_gates(circuit)))


def attempts(written: Program, device: Graph) -> tuple[Layout, ...]:
    return propose_layouts(make_interaction_graph(written), device, 3, 0)


def together(written: Program) -> bool:
    return are_measurable_together(make_tableau(written.observables))


@pytest.mark.parametrize("n", [4, 6, 9])
def test_an_entangler_of_all_pairs_becomes_a_chain(n):
    written = layered("all_to_all", n, 2)
    short = shorten(make_problem(written), EFFORT)
    assert count_gates(short) == n - 1
    assert_measures_the_same(short, written)


@pytest.mark.parametrize("pattern", ["linear", "brick", "star"])
def test_what_is_short_stays_as_it_is(pattern):
    written = layered(pattern, 6, 3)
    # Its last entangler is a matter of the observables, as passes before have seen.
    written = replace(written, operations=written.operations[: -len(written.operations) // 3 + 6])
    assert shorten(make_problem(written), EFFORT) == written


@settings(max_examples=60)
@given(programs(3, max_size=20))
def test_shorter_programs_measure_the_same_and_in_one_setting_if_they_could(written):
    short = shorten(make_problem(written), EFFORT)
    assert_measures_the_same(short, written)
    assert count_gates(short) <= count_gates(written)
    assert together(short) or not together(written)


def test_a_shorter_program_with_hadamards_is_measured_in_one_setting():
    gates = circuit("h 0; rxx(a) 2 0; cry(b) 0 2")
    assert together(shorten(make_problem(program(*gates)), EFFORT))


@pytest.mark.parametrize("objective", OBJECTIVES)
@pytest.mark.parametrize("device", [line(7), ring(8), grid(2, 4)])
def test_candidates_are_on_couplers_and_measure_the_same(device, objective):
    written = layered("star", 6, 3)
    found = list(search_from(written, attempts(written, device), device.size, objective=objective))
    assert found
    for each in found:
        assert {*pairs_of(each.program)} <= {*device.edges}
        assert_measures_the_same(each.program, written, each.placement.start)
        assert together(each.program)
    costs = [rank(each.program, objective) for each in found]
    if OBJECTIVES[objective].needs_calibration:  # of each depth and number of gates one comes first
        costs = costs[: len({cost[:3] for cost in costs})]
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
    assert count_gates(found.program) <= 2 * 2 * (n - 1)


def test_a_first_circuit_may_take_longer_but_no_second():
    written = layered("ring", 7, 4)

    def found(effort: int, overtime: int) -> list[Candidate]:
        layouts = attempts(written, line(7))
        return list(search_from(written, layouts, 7, effort, "depth", overtime))

    assert found(100_000, 1) == []
    (first,) = found(100_000, 100)
    better, *others = found(10_000_000, 1)
    assert others
    assert count_depth(better.program) < count_depth(first.program)


def test_no_effort_finds_nothing():
    written = layered("ring", 5, 2)
    assert list(search_from(written, attempts(written, line(5)), 5, 0, "depth")) == []
    assert shorten(make_problem(written), 0) == written


def test_the_region_of_an_attempt_is_where_its_circuit_is():
    written = layered("linear", 3, 2)
    trivial = make_trivial_layout(3, line(3))
    layout = replace(trivial, region=(4, 2, 7), graph=line(3), start=(1, 0, 2))
    found = next(search_from(written, [layout], 8))
    assert found.placement.start == (2, 4, 7)
    assert {*pairs_of(found.program)} <= {(2, 4), (2, 7)}
