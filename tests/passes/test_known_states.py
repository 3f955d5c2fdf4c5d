from __future__ import annotations

import pytest

from qslc.passes.known_states import simplify_known_states
from tests.passes.pass_programs import A, B, op, program


def left(*operations, start="zero"):
    return simplify_known_states(program(*operations, start=start)).operations


@pytest.mark.parametrize(
    "operations",
    [
        (op("rz 0", A), op("t 0"), op("z 1")),
        (op("cnot 0 1"), op("cz 0 1"), op("cry 2 0", A)),
        (op("rzz 0 1", A), op("crz 1 2", B)),
        (op("swap 0 1"),),
    ],
)
def test_gates_that_do_nothing_to_zeros_go(operations):
    assert left(*operations) == ()
    assert left(*operations, start="any") == operations


def test_a_control_that_is_one():
    operations = op("x 0"), op("cnot 0 1"), op("cry 0 2", A), op("cz 1 2")
    assert left(*operations) == (op("x 0"), op("x 1"), op("ry 2", A), op("z 2"))


def test_a_target_that_is_an_eigenstate():
    plus = op("h 1"), op("ry 0", A)
    assert left(*plus, op("cnot 0 1"), op("crx 0 1", B)) == (*plus, op("rz 0", -B / 2))
    minus = op("x 1"), *plus
    assert left(*minus, op("cnot 0 1"), op("rxx 0 1", B)) == (*minus, op("z 0"), op("rx 0", -B))


def test_s_turns_plus_to_the_eigenstate_of_y():
    turned = op("h 0"), op("s 0")
    assert left(*turned, op("ry 0", A), op("ryy 0 1", B)) == (*turned, op("ry 1", B))


def test_a_rotation_makes_a_state_unknown():
    operations = op("ry 0", A), op("cnot 0 1"), op("rz 1", B)
    assert left(*operations) == operations


def test_a_swap_takes_states_along():
    before = op("ry 0", A), op("swap 0 1")
    assert left(*before, op("rz 0", B), op("rz 1", B)) == (*before, op("rz 1", B))
