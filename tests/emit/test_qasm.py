from __future__ import annotations

import numpy as np
import openqasm3
import pytest
import sympy
from hypothesis import given, settings

from qslc.emit.qasm.document import qasm
from qslc.emit.qasm.names import RESERVED, identifiers
from qslc.ir.program import Operation, PauliString, Placement, Program
from qslc.targets.device import Device
from tests.emit.emit_matrices import program_matrix
from tests.emit.emit_programs import VALUES, every_gate, program, programs
from tests.emit.qasm_interpreter import qasm_matrix

DEVICE = Device("line", ((0,), (1,), (2,), (3,)), ((0, 1), (1, 2), (2, 3)))
HERE = Placement((0, 1, 2), (0, 1, 2))


def same_up_to_phase(found: np.ndarray, wanted: np.ndarray) -> bool:
    return bool(np.isclose(abs(np.vdot(found, wanted)), len(wanted), atol=1e-7))


@settings(max_examples=60)
@given(programs())
def test_what_is_written_computes_the_program(wanted):
    found = qasm_matrix(qasm(wanted, DEVICE, HERE), VALUES)
    assert same_up_to_phase(found, program_matrix(wanted, VALUES))


def test_every_gate():
    wanted = every_gate()
    assert same_up_to_phase(
        qasm_matrix(qasm(wanted, DEVICE, HERE), VALUES), program_matrix(wanted, VALUES)
    )


def test_the_whole_text_of_a_small_program():
    operations = (
        Operation("ry", (2,), 2 * sympy.Symbol("theta_0") + sympy.pi / 4),
        Operation("cz", (1, 2)),
    )
    observables = (PauliString(((1, "Z"), (2, "X")), -1),)
    physical = Program(4, operations, observables, ("theta_0", "theta_1"), (), "any")
    assert qasm(physical, DEVICE, Placement((1, 2), (2, 1))) == (
        "OPENQASM 3.0;\n"
        'include "stdgates.inc";\n'
        "\n"
        "input float[64] theta_0;\n"
        "input float[64] theta_1;\n"
        "\n"
        "qubit[2] q;\n"
        "// q[0]: q(1), logical 0 at the start, logical 1 at the end\n"
        "// q[1]: q(2), logical 1 at the start, logical 0 at the end\n"
        "// the logical qubits hold the encoded vector before the first gate, 0 the leading bit\n"
        "\n"
        "ry(2*theta_0 + pi/4) q[1];\n"
        "cz q[0], q[1];\n"
        "\n"
        "// expectation 0: -Z(q[0]) X(q[1])\n"
    )


@pytest.mark.parametrize("name", sorted(name for name in RESERVED if name.isascii()))
def test_weights_named_like_the_language_are_renamed(name):
    written = qasm(
        program(1, [Operation("ry", (0,), sympy.Symbol(name))]), DEVICE, Placement((0,), (0,))
    )
    openqasm3.parse(written)
    assert f"input float[64] {name}_;" in written


def test_renaming_never_makes_two_names_one():
    assert identifiers(["x", "x_", "h"]) == {"x": "x__", "x_": "x_", "h": "h_"}


def test_a_third_is_not_an_integer_division():
    written = qasm(
        program(1, [Operation("ry", (0,), sympy.Rational(1, 3))]), DEVICE, Placement((0,), (0,))
    )
    assert "ry(1.0/3) q[0];" in written


def test_a_function_of_a_symbol_is_refused():
    angle = sympy.sin(sympy.Symbol("alpha"))
    with pytest.raises(ValueError, match="no expression for sin"):
        qasm(program(1, [Operation("ry", (0,), angle)]), DEVICE, Placement((0,), (0,)))
