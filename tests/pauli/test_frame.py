from __future__ import annotations

from dataclasses import replace
from itertools import count, pairwise

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.ir.program import Program
from qslc.pauli.frame import (
    Rotation,
    complete_last_layer,
    make_rotation_form,
    settle_letters,
)
from qslc.pauli.tableau import find_anticommuting, make_tableau
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import form_expectations, program_expectations, start_state
from tests.passes.pass_programs import PI, A, B, observable, op, program, programs


def axes(form) -> list[list[str]]:
    return [[f"{rotation.angle} {rotation.axis}" for rotation in layer] for layer in form.layers]


def anticommute(one: Rotation, other: Rotation) -> bool:
    return bool(find_anticommuting(make_tableau([one.axis]), other.axis.paulis))


def with_fresh_angles(written: Program) -> Program:
    """Every rotation by a weight of its own, so that no sum of angles is zero."""
    fresh = (sympy.Symbol(f"w{k}") for k in count())
    operations = tuple(
        replace(each, angle=next(fresh)) if each.angle is not None else each
        for each in written.operations
    )
    return replace(written, operations=operations)


@settings(max_examples=150)
@given(st.integers(1, 4).flatmap(lambda n: programs(max(n, 2), max_size=20)))
def test_a_form_measures_what_its_program_does(written):
    state = start_state(written)
    wanted = program_expectations(written, state)
    np.testing.assert_allclose(
        form_expectations(make_rotation_form(written), state), wanted, atol=1e-9
    )


@settings(max_examples=100)
@given(programs(3, max_size=20))
def test_layers_commute_within_and_wait_for_the_one_before(written):
    layers = make_rotation_form(with_fresh_angles(written)).layers
    for layer in layers:
        assert not any(anticommute(one, other) for one in layer for other in layer)
        assert len({rotation.axis for rotation in layer}) == len(layer)
    for before, layer in pairwise(layers):
        assert all(any(anticommute(each, other) for other in before) for each in layer)


def test_entanglers_become_frames():
    form = make_rotation_form(program(op("ry 0", A), op("cnot 0 1"), op("ry 1", B), measure="Z1"))
    assert axes(form) == [["a Y0"], ["b Z0*Y1"]]
    assert [str(each) for each in form.observables] == ["Z0*Z1"]


@pytest.mark.parametrize(
    "between",
    [
        (),
        (op("rz 1", A),),
        (op("cnot 0 1"), op("cnot 0 1")),
        (op("cz 0 1"), op("x 1"), op("cz 1 0"), op("z 0")),
        (op("ry 0", PI / 2), op("ry 0", -PI / 2)),
    ],
)
def test_rotations_about_one_axis_merge_where_they_meet(between):
    form = make_rotation_form(program(op("ry 0", A), *between, op("ry 0", B), measure="Z0"))
    assert axes(form) == [["a + b Y0"]]


def test_a_pauli_between_turns_an_angle_round():
    form = make_rotation_form(program(op("ry 0", A), op("x 0"), op("ry 0", B), measure="Z0"))
    assert axes(form) == [["a - b Y0"]]
    assert (
        axes(make_rotation_form(program(op("ry 0", A), op("x 0"), op("ry 0", A), measure="Z0")))
        == []
    )


def test_what_does_not_commute_keeps_rotations_apart():
    form = make_rotation_form(program(op("ry 0", A), op("rx 0", B), op("ry 0", A), measure="Z0"))
    assert axes(form) == [["a Y0"], ["b X0"], ["a Y0"]]


def test_unseen_rotations_are_dropped_and_what_only_these_see():
    unseen = (op("ry 1", A), op("crx 2 1", B), op("t 0"))
    assert axes(make_rotation_form(program(op("ry 0", A), *unseen, measure="Z0"))) == [["a Y0"]]


@pytest.mark.parametrize(("start", "left"), [("zero", []), ("any", [["a Z0"]])])
def test_a_phase_of_the_zero_state_is_dropped(start, left):
    first = (op("rz 0", A), op("cnot 0 1"), op("rzz 0 1", B))
    form = make_rotation_form(program(*first, measure="X0*X1", start=start))
    assert axes(form) == left


def test_clifford_angles_are_frames_and_t_is_a_rotation():
    form = make_rotation_form(
        program(op("s 0"), op("rx 0", PI / 2), op("h 1"), op("t 0"), measure="X0 X1")
    )
    assert axes(form) == [["pi/4 X0"]]
    assert form.observables == (observable("Y0", -1), observable("Z1"))


def test_a_rotation_of_two_qubits_belongs_to_the_last():
    form = make_rotation_form(program(op("rxx 2 1", A), measure="Z1"))
    assert [(r.axis, r.qubit) for layer in form.layers for r in layer] == [(observable("X1*X2"), 1)]


def test_an_ansatz_has_a_layer_of_rotations_for_each_of_its_layers():
    form = make_rotation_form(layered("ring", 5, 3))
    assert [len(layer) for layer in form.layers] == [5, 5, 5]


def star_without_its_last_center() -> Program:
    written = layered("star", 8, 2)
    last = max(k for k, each in enumerate(written.operations) if each.qubits == (0,))
    operations = (*written.operations[:last], *written.operations[last + 1 :])
    cut = max(k for k, each in enumerate(operations) if each.angle is not None)
    return replace(written, operations=operations[: cut + 1])


def test_a_last_layer_that_lacks_a_rotation_is_completed_by_one_that_does_nothing():
    written = star_without_its_last_center()
    form = make_rotation_form(written)
    whole = complete_last_layer(written, form)
    (added,) = set(whole.layers[-1]) - set(form.layers[-1])
    assert (str(added.axis), added.angle) == ("Y0*X1*X2*X3*X4*X5*X6*X7", 0)


def test_a_last_layer_that_lacks_many_is_left_as_it_is():
    written = layered("star", 8, 2)
    written = replace(written, observables=(observable("Z1"),))
    form = make_rotation_form(written)
    assert len(form.layers[-1]) < 6
    assert complete_last_layer(written, form) is form


@pytest.mark.parametrize("pattern", ["ring", "all_to_all"])
def test_letters_that_are_read_are_brought_to_one_qubit(pattern):
    read = tuple(observable(f"X0*{rest}".rstrip("*")) for rest in ("", "Z1", "Z1*Z3", "Z2"))
    written = replace(layered(pattern, 4, 2), observables=read)
    form = make_rotation_form(written)
    settled = settle_letters(written, form)
    (added,) = settled.layers[-1]
    assert settled.layers[:-1] == form.layers
    assert (added.angle, added.qubit) == (0, 0)
    # Conjugated like the first observable, it commutes with all of them.
    assert added.axis.paulis == form.observables[0].paulis


@pytest.mark.parametrize("read", [("Z0", "Z0*Z1"), ("X0", "Z0*Z1")])
def test_letters_of_one_kind_and_of_several_settings_are_left(read):
    written = replace(layered("ring", 4, 2), observables=tuple(map(observable, read)))
    form = make_rotation_form(written)
    assert settle_letters(written, form) is form
