from __future__ import annotations

import pytest
from hypothesis import given

from qslc.passes.absorb_cliffords import absorb_cliffords
from tests.passes.pass_programs import (
    PI,
    A,
    assert_keeps_expectations,
    observable,
    op,
    program,
    programs,
)


def absorbed(*operations, measure):
    after = absorb_cliffords(program(*operations, measure=measure))
    return after.operations, " ".join(map(str, after.observables))


@pytest.mark.parametrize(
    ("gate", "before", "after"),
    [
        ("cnot 0 1", "Z0 Z1 Z0*Z1", "Z0 Z0*Z1 Z1"),
        ("cnot 0 1", "X0 X1 Y0*Y1", "X0*X1 X1 -X0*Z1"),
        ("cz 0 1", "X0 X1 Z0", "X0*Z1 Z0*X1 Z0"),
        ("swap 0 2", "Z0 Z1 X2", "Z2 Z1 X0"),
        ("x 0", "Z0 Z1", "-Z0 Z1"),
        ("z 0", "X0 Y1", "-X0 Y1"),
        ("h 0", "Z0", "X0"),
        ("h 0", "Y0", "-Y0"),
        ("s 0", "X0", "-Y0"),
        ("s 0", "Y0", "X0"),
    ],
)
def test_a_fixed_gate(gate, before, after):
    assert absorbed(op(gate), measure=before) == ((), after)


def test_rotations_by_quarter_turns():
    assert absorbed(op("ry 0", PI / 2), measure="Z0") == ((), "-X0")
    assert absorbed(op("rx 0", -PI / 2), op("ry 1", 3 * PI), measure="Z0 Z1") == ((), "-Y0 -Z1")
    assert absorbed(op("rxx 0 1", PI / 2), measure="Z0") == ((), "Y0*X1")


def test_controlled_rotations_by_half_turns():
    assert absorbed(op("cry 0 1", PI), measure="Z0 Z1") == ((), "Z0 Z0*Z1")
    assert absorbed(op("cry 0 1", PI / 2), measure="Z1")[0] == (op("cry 0 1", PI / 2),)


def test_a_symbolic_rotation_that_commutes_with_every_observable():
    assert absorbed(op("rxx 0 1", A), measure="Z0*Z1 X2") == ((), "Z0*Z1 X2")


def test_the_block_ends_at_a_gate_that_cannot_be_absorbed():
    kept = op("cnot 0 1"), op("ry 1", A)
    assert absorbed(*kept, op("cnot 1 2"), measure="Z0 Z1 Z2") == (kept, "Z0 Z1 Z1*Z2")


def test_a_gate_that_commutes_with_the_gates_after_it_is_trailing():
    kept = (op("rx 1", A),)
    assert absorbed(op("cnot 0 1"), *kept, measure="Z1") == (kept, "Z0*Z1")


def test_a_ring_of_cnots_disappears():
    ring = op("cnot 0 1"), op("cnot 1 2"), op("cnot 2 0")
    assert absorbed(*ring, measure="Z0 Z1 Z2") == ((), "Z1*Z2 Z0*Z1 Z0*Z1*Z2")


def test_observables_that_were_measurable_together_stay_so():
    gate = op("cz 0 1")
    assert absorbed(gate, measure="X0 X1") == ((gate,), "X0 X1")


def test_signs_of_observables_multiply():
    before = program(op("x 0"), measure="Z1")
    signed = absorb_cliffords(
        type(before)(3, before.operations, (observable("Z0", -1),), start="any")
    )
    assert signed.observables == (observable("Z0"),)


@given(programs(start="any"))
def test_one_letter_per_qubit_stays_one_letter_per_qubit(before):
    def letters(program):
        pairs = {pair for string in program.observables for pair in string.paulis}
        return len(pairs) == len({qubit for qubit, _ in pairs})

    assert letters(absorb_cliffords(before)) or not letters(before)


@given(programs(max_size=6))
def test_expectations_stay(before):
    assert_keeps_expectations(absorb_cliffords, before)
