from __future__ import annotations

from qslc.passes.light_cone import drop_outside_light_cone
from tests.passes.pass_programs import A, B, op, program


def left(*operations, measure):
    return drop_outside_light_cone(program(*operations, measure=measure)).operations


def test_gates_on_qubits_that_reach_no_observable_go():
    seen = op("ry 0", A), op("cnot 0 1")
    assert left(*seen, op("ry 2", B), op("h 0"), measure="Z1") == seen


def test_diagonal_gates_before_z_go():
    kept = (op("ry 0", A),)
    diagonal = op("cz 0 1"), op("rzz 1 2", A), op("t 2"), op("rz 0", B), op("crz 2 0", A)
    assert left(*kept, *diagonal, measure="Z0 Z1*Z2") == kept


def test_gates_along_x_before_x_go():
    assert left(op("rx 0", A), op("rxx 0 1", B), measure="X0 X0*X1") == ()


def test_a_cnot_whose_target_is_not_seen_is_diagonal():
    assert left(op("cnot 0 1"), measure="Z0") == ()
    assert left(op("cnot 1 0"), measure="Z0") == (op("cnot 1 0"),)


def test_gates_along_the_axis_of_all_that_follows_go():
    kept = (op("crx 0 1", A),)
    assert left(op("rz 0", B), *kept, measure="Z1") == kept
    assert left(op("rx 0", B), *kept, measure="Z1") == (op("rx 0", B), *kept)


def test_two_axes_on_one_qubit_see_everything():
    assert left(op("rz 0", A), measure="Z0 X0") == (op("rz 0", A),)


def test_h_and_swap_have_no_axis():
    both = op("h 0"), op("swap 0 1")
    assert left(*both, measure="Z0 Z1") == both
    assert left(*both, measure="Z2") == ()


def test_weights_stay_listed():
    assert drop_outside_light_cone(program(op("ry 0", A), measure="Z1")).weights == ("a", "b")
