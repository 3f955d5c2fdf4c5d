from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from qslc.ir.gates import GATES
from qslc.ir.program import Operation, Program
from qslc.lower.objective import two_qubit_gates
from qslc.lower.placement.graph import Graph, interaction_graph
from qslc.lower.placement.layout import propose_layouts
from qslc.lower.routing.swaps import insert_swaps, move_gates_to_swaps, use_spare_qubits
from tests.lower.exact_simulation import placed, random_state, run
from tests.lower.patterns import layered

RNG = np.random.default_rng(0)
SWAP = Operation("swap", (0, 1))
MEETING = Operation("cnot", (0, 1))


def assert_equal(before: np.ndarray, after: np.ndarray) -> None:
    assert abs(np.vdot(before, after)) > 1 - 1e-9


@pytest.mark.parametrize(
    ("between", "moves"),
    [
        ((Operation("cnot", (0, 2)), Operation("cnot", (3, 1))), True),
        ((Operation("rz", (0,), sympy.Symbol("a")), Operation("cz", (0, 2))), True),
        ((Operation("cnot", (1, 2)),), False),
        ((Operation("ry", (1,), sympy.Symbol("a")), Operation("cnot", (0, 2))), False),
        ((Operation("swap", (1, 2)),), False),
    ],
)
def test_a_gate_goes_to_its_swap_past_what_commutes_with_it(between, moves):
    after = (*between, MEETING) if moves else (MEETING, *between)
    assert move_gates_to_swaps((MEETING, *between, SWAP)) == (*after, SWAP)


@st.composite
def circuits(draw):
    gates = st.sampled_from(("cnot", "cz", "swap", "rzz", "h", "ry", "rz"))

    def operation(_):
        gate = draw(gates)
        qubits = tuple(draw(st.permutations(range(4)))[: GATES[gate].arity])
        return Operation(gate, qubits, sympy.Rational(1, 3) if gate[0] == "r" else None)

    return tuple(map(operation, range(draw(st.integers(0, 16)))))


@given(circuits())
def test_the_new_order_is_the_same_circuit(operations):
    state, reordered = random_state(4, RNG), move_gates_to_swaps(operations)
    before, after = (run(Program(4, each, ()), state, {}) for each in (operations, reordered))
    assert_equal(before, after)


def test_two_cnots_move_a_qubit_to_a_spare_place():
    """Along a line of three and back, beside one that stays where it is."""
    ways = tuple(Operation("swap", pair) for pair in ((1, 2), (2, 3), (0, 1), (3, 2)))
    cheap = tuple(use_spare_qubits(ways, (0, 1)))
    assert [op.gate for op in cheap] == ["cnot"] * 2 * len(ways)
    start = placed(random_state(2, RNG), (0, 1), 4)
    assert_equal(run(Program(4, ways, ()), start, {}), run(Program(4, cheap, ()), start, {}))


def test_a_ring_closes_its_gap_at_two_gates_a_spare_place():
    program = layered("shifted_ring", 7, 4)
    longer = Graph(10, tuple(sorted([*pairwise(range(10)), (0, 9)])))
    trial = propose_layouts(interaction_graph(program.operations, 7), longer, 2, 0)[0]
    (candidate,) = insert_swaps(program, [trial], 10)
    assert two_qubit_gates(candidate.program) <= 4 * (7 + 2 * 3)


def test_a_swap_of_two_qubits_stays_one():
    assert tuple(use_spare_qubits((SWAP,), (1, 0))) == (SWAP,)
