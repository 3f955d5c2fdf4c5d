from __future__ import annotations

import pytest
import sympy

from qslc.passes.fuse_rotations import fuse_rotations
from tests.passes.pass_programs import PI, A, B, op, program


def left(*operations):
    return fuse_rotations(program(*operations)).operations


@pytest.mark.parametrize(
    "gate", ["rx 0", "ry 1", "rz 2", "crx 0 1", "cry 1 2", "crz 2 0", "rzz 0 1"]
)
def test_angles_add_up(gate):
    assert left(op(gate, A), op(gate, B), op(gate, A)) == (op(gate, 2 * A + B),)


def test_products_of_symbols_are_expanded():
    assert left(op("rz 0", A * (A + B)), op("rz 0", -A * B)) == (op("rz 0", A**2),)


@pytest.mark.parametrize("gate", ["rxx", "ryy", "rzz"])
def test_symmetric_rotations_meet_either_way_round(gate):
    assert left(op(f"{gate} 0 1", A), op(f"{gate} 1 0", B)) == (op(f"{gate} 0 1", A + B),)


def test_crz_is_not_symmetric():
    pair = op("crz 0 1", A), op("crz 1 0", A)
    assert left(*pair) == pair


def test_opposite_rotations_vanish_and_let_their_neighbors_meet():
    assert left(op("rx 0", A), op("ry 0", B), op("ry 0", -B), op("rx 0", -A)) == ()


def test_commuting_gates_between_do_not_matter():
    between = op("cnot 0 1"), op("cz 0 2"), op("rx 1", B)
    assert left(op("rz 0", A), *between, op("rz 0", B)) == (op("rz 0", A + B), *between)


def test_a_gate_that_does_not_commute_keeps_them_apart():
    operations = op("ry 0", A), op("cnot 0 1"), op("ry 0", B)
    assert left(*operations) == operations


@pytest.mark.parametrize(
    ("operations", "name"),
    [
        ((op("t 0"), op("t 0")), "s 0"),
        ((op("s 0"), op("s 0")), "z 0"),
        ((op("z 0"), op("rz 0", -PI / 2)), "s 0"),
        ((op("rz 0", -PI),), "z 0"),
        ((op("rz 0", 9 * PI / 4),), "t 0"),
        ((op("rx 0", PI / 2), op("rx 0", PI / 2)), "x 0"),
    ],
)
def test_constant_rotations_become_named_gates(operations, name):
    assert left(*operations) == (op(name),)


def test_named_gates_join_rotations():
    assert left(op("s 0"), op("rz 0", A)) == (op("rz 0", A + PI / 2),)
    assert left(op("rx 1", A), op("x 1")) == (op("rx 1", A + PI),)


def test_a_full_turn_is_dropped_unless_it_is_controlled():
    assert left(op("ry 0", 2 * PI), op("rzz 0 1", -2 * PI)) == ()
    assert left(op("cry 0 1", 2 * PI)) == (op("cry 0 1", 2 * PI),)
    assert left(op("cry 0 1", 2 * PI), op("cry 0 1", 2 * PI)) == ()


def test_an_angle_that_multiplies_out_to_zero_is_dropped():
    assert left(op("ry 0", (A + B) ** 2 - A**2 - 2 * A * B - B**2)) == ()


def test_a_lone_rotation_is_left_as_written():
    angle = A * (B + sympy.Rational(1, 2))
    assert left(op("ry 0", angle)) == (op("ry 0", angle),)
