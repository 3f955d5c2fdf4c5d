from __future__ import annotations

import pytest

from qslc.passes.cancel_inverses import cancel_inverses
from tests.passes.pass_programs import A, op, program


def left(*operations):
    return cancel_inverses(program(*operations)).operations


@pytest.mark.parametrize("gate", ["h 0", "x 1", "z 2", "cnot 0 1", "cz 2 1", "swap 0 2"])
def test_a_pair_cancels(gate):
    assert left(op(gate), op(gate)) == ()


@pytest.mark.parametrize(("first", "second"), [("cz 0 1", "cz 1 0"), ("swap 0 1", "swap 1 0")])
def test_symmetric_gates_cancel_either_way_round(first, second):
    assert left(op(first), op(second)) == ()


@pytest.mark.parametrize("gate", ["s 0", "t 0"])
def test_gates_that_are_not_self_inverse_stay(gate):
    assert left(op(gate), op(gate)) == (op(gate), op(gate))


def test_reversed_cnots_stay():
    pair = op("cnot 0 1"), op("cnot 1 0")
    assert left(*pair) == pair


def test_commuting_gates_between_do_not_matter():
    between = op("rz 0", A), op("cz 0 2"), op("rx 1", A), op("cnot 2 1")
    assert left(op("cnot 0 1"), *between, op("cnot 0 1")) == between


@pytest.mark.parametrize("between", ["h 0", "ry 0", "x 0", "cnot 1 2", "z 1", "swap 0 2"])
def test_a_gate_that_does_not_commute_keeps_a_pair(between):
    angle = A if between.startswith("r") else None
    operations = op("cnot 0 1"), op(between, angle), op("cnot 0 1")
    assert left(*operations) == operations


def test_pairs_around_pairs_cancel_in_one_go():
    inner = op("h 0"), op("cz 1 2"), op("x 0"), op("x 0"), op("cz 2 1"), op("h 0")
    assert left(op("cnot 0 1"), *inner, op("cnot 0 1")) == ()


def test_of_three_one_stays():
    assert left(op("h 0"), op("h 0"), op("h 0")) == (op("h 0"),)
