from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qslc.ir.program import Program
from qslc.lower.candidates import count_gates
from qslc.lower.placement.graph import make_interaction_graph
from qslc.lower.placement.layout import propose_layouts
from qslc.lower.routing.swaps import insert_swaps, move_gates_to_swaps, use_spare_qubits
from tests.lower.exact_simulation import placed, random_state, run
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import VALUES, ring
from tests.passes.pass_programs import circuit, operations

RNG = np.random.default_rng(0)


def assert_equal(before: np.ndarray, after: np.ndarray) -> None:
    assert abs(np.vdot(before, after)) > 1 - 1e-9


@pytest.mark.parametrize(
    ("between", "moves"),
    [
        ("cnot 0 2; cnot 3 1", True),
        ("rz(a) 0; cz 0 2", True),
        ("cnot 1 2", False),
        ("ry(a) 1; cnot 0 2", False),
        ("swap 1 2", False),
    ],
)
def test_a_gate_goes_to_its_swap_past_what_commutes_with_it(between, moves):
    after = f"{between}; cnot 0 1; swap 0 1" if moves else f"cnot 0 1; {between}; swap 0 1"
    before = circuit(f"cnot 0 1; {between}; swap 0 1")
    assert move_gates_to_swaps(before) == circuit(after)


@given(st.lists(operations(4), max_size=16))
def test_the_new_order_is_the_same_circuit(gates):
    state, reordered = random_state(4, RNG), move_gates_to_swaps(gates)
    before, after = (run(Program(4, tuple(each), ()), state, VALUES) for each in (gates, reordered))
    assert_equal(before, after)


def test_two_cnots_move_a_qubit_to_a_spare_place():
    """Along a line of three and back, beside one that stays where it is."""
    ways = circuit("swap 1 2; swap 2 3; swap 0 1; swap 3 2")
    cheap = tuple(use_spare_qubits(ways, (0, 1)))
    assert [op.gate for op in cheap] == ["cnot"] * 2 * len(ways)
    start = placed(random_state(2, RNG), (0, 1), 4)
    assert_equal(run(Program(4, ways, ()), start, {}), run(Program(4, cheap, ()), start, {}))


def test_a_ring_closes_its_gap_at_two_gates_a_spare_place():
    program = layered("shifted_ring", 7, 4)
    layout = propose_layouts(make_interaction_graph(program), ring(10), 2, 0)[0]
    (candidate,) = insert_swaps(program, [layout], 10)
    assert count_gates(candidate.program) <= 4 * (7 + 2 * 3)


def test_a_swap_of_two_qubits_stays_one():
    swap = circuit("swap 0 1")
    assert tuple(use_spare_qubits(swap, (1, 0))) == swap
