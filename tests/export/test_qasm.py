from __future__ import annotations

import numpy as np
import openqasm3
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.export.qasm import RESERVED, choose_identifiers, write_angle, write_qasm
from qslc.ir.program import Operation, PauliString, Placement, Program
from qslc.lower.logical import to_sympy
from qslc.spec.expression import ExpressionError, parse
from qslc.targets.device import Device
from tests.export.emit_programs import VALUES, every_gate, program, programs
from tests.export.qasm_interpreter import expression_value, qasm_matrix
from tests.lower.exact_simulation import unitary

A, B = sympy.symbols("a b")
DEVICE = Device("line", ((0,), (1,), (2,), (3,)), ((0, 1), (1, 2), (2, 3)))
HERE = Placement((0, 1, 2), (0, 1, 2))


def same_up_to_phase(found: np.ndarray, wanted: np.ndarray) -> bool:
    return bool(np.isclose(abs(np.vdot(found, wanted)), len(wanted), atol=1e-7))


@settings(max_examples=60)
@given(programs())
def test_what_is_written_computes_the_program(wanted):
    found = qasm_matrix(write_qasm(wanted, DEVICE, HERE), VALUES, wanted.qubits)
    assert same_up_to_phase(found, unitary(wanted, VALUES))


def test_every_gate():
    found = qasm_matrix(write_qasm(every_gate(), DEVICE, HERE), VALUES, every_gate().qubits)
    assert same_up_to_phase(found, unitary(every_gate(), VALUES))


def test_the_whole_text_of_a_small_program():
    operations = (
        Operation("ry", (2,), 2 * sympy.Symbol("theta_0") + sympy.pi / 4),
        Operation("cz", (1, 2)),
    )
    observables = (PauliString(((1, "Z"), (2, "X")), -1),)
    physical = Program(4, operations, observables, ("theta_0", "theta_1"), (), "any")
    assert write_qasm(physical, DEVICE, Placement((1, 2), (2, 1))) == (
        "OPENQASM 3.0;\n"
        'include "stdgates.inc";\n'
        "\n"
        "input float[64] theta_0;\n"
        "input float[64] theta_1;\n"
        "\n"
        "// $1: q(1), logical 0 at the start, logical 1 at the end\n"
        "// $2: q(2), logical 1 at the start, logical 0 at the end\n"
        "// the logical qubits hold the encoded vector before the first gate, 0 the leading bit\n"
        "\n"
        "ry(2*theta_0 + pi/4) $2;\n"
        "cz $1, $2;\n"
        "\n"
        "// expectation 0: -Z($1) X($2)\n"
    )


@pytest.mark.parametrize("name", sorted(name for name in RESERVED if name.isascii()))
def test_weights_named_like_the_language_are_renamed(name):
    written = write_qasm(
        program(1, [Operation("ry", (0,), sympy.Symbol(name))]), DEVICE, Placement((0,), (0,))
    )
    openqasm3.parse(written)
    assert f"input float[64] {name}_;" in written


def test_renaming_never_makes_two_names_one():
    assert choose_identifiers(["x", "x_", "h"]) == {"x": "x__", "x_": "x_", "h": "h_"}


@pytest.mark.parametrize("angle", [sympy.sin(A), sympy.sqrt(A), 2**A, sympy.exp(A) / 3])
def test_a_function_of_a_symbol_is_refused(angle):
    with pytest.raises(ValueError, match="no expression for"):
        write_qasm(program(1, [Operation("ry", (0,), angle)]), DEVICE, Placement((0,), (0,)))


@pytest.mark.parametrize(
    ("angle", "text"),
    [
        (A**3 / 3, "a*a*a/3"),
        (sympy.Rational(1, 3), "1.0/3"),
        (-((A + B) ** 2) / 4, "-(a + b)*(a + b)/4"),
        (3 / sympy.pi**2, "3.0/pi/pi"),
        (2 * A / (3 * sympy.pi), "2*a/3/pi"),
        (A / (1 + sympy.pi) ** 2, "a/(1 + pi)/(1 + pi)"),
        (sympy.sqrt(2) * A, f"{2**0.5!r}*a"),
        (A**10 * B - 1, "a*a*a*a*a*a*a*a*a*a*b - 1"),
        (sympy.Float(1e-7) * A, "1e-07*a"),
        (sympy.Rational(1, 10**17) * A, "1e-17*a"),
        (sympy.Integer(10) ** 20, "1e+20"),
        (1 / A, "1.0/a"),
    ],
)
def test_powers_are_products_and_quotients(angle, text):
    assert write_angle(angle, {"a": "a", "b": "b"}) == text
    values = {"a": 0.7, "b": -1.3}
    assert expression_value(text, values) == pytest.approx(float(angle.subs(values)), rel=1e-12)


LEAVES = ("a", "b", "theta", "pi", "1", "2", "7", "0.3", "2.5e-3", "1e5", "0.1234567890123456789")


def angle_expressions() -> st.SearchStrategy[str]:
    """Sums, differences, products, quotients and powers that the whitelist reads."""
    return st.recursive(st.sampled_from(LEAVES), _composed, max_leaves=6).filter(_is_angle)


def _composed(parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.tuples(parts, st.sampled_from("+-*/"), parts)
    powers = st.tuples(parts, st.integers(0, 4))
    return (
        pairs.map(lambda each: f"({each[0]} {each[1]} {each[2]})")
        | powers.map(lambda each: f"({each[0]})**{each[1]}")
        | parts.map(lambda each: f"-({each})")
    )


def _is_angle(text: str) -> bool:
    try:
        parse(text)
    except ExpressionError:
        return False
    return True


@given(angle_expressions(), st.booleans())
def test_any_angle_of_a_spec_is_written_without_powers(text, multiplied_out):
    angle = to_sympy(parse(text), {})
    angle = sympy.expand(angle) if multiplied_out else angle
    values = {"a": 0.7, "b": -1.3, "theta": 0.45}
    wanted = float(angle.xreplace({sympy.Symbol(k): sympy.Float(v, 40) for k, v in values.items()}))
    written = write_angle(angle, {name: name for name in values})
    assert expression_value(written, values) == pytest.approx(wanted, rel=1e-9, abs=1e-6)
