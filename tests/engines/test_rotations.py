from __future__ import annotations

import cirq
import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from qslc_runtime.engines.rotations import (
    decompose,
    find_rotation,
    make_polynomials,
    name_angles,
    read_radians,
)
from qslc_runtime.engines.states import parse_qubit, place_vectors

from qslc.export.cirq_circuit import to_circuit
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, Program

NAMES = ("a", "b", "x0")
A, B, X = sympy.symbols(NAMES)


def circuit(gate: str, angle: sympy.Expr) -> cirq.Circuit:
    kind = GATES[gate]
    operation = Operation(gate, (1, 0)[: kind.arity], angle if kind.rotation else None)
    return to_circuit(Program(2, (operation,), ()))


@pytest.mark.parametrize("angle", [2 * A + sympy.pi / 4, sympy.Float(0.7)])
@pytest.mark.parametrize("gate", GATES)
def test_elementary_gates_have_the_same_matrix(gate: str, angle: sympy.Expr) -> None:
    before = circuit(gate, angle)
    after = decompose(before, 2)
    assert all(len(op.qubits) == 1 for op in after.all_operations() if cirq.is_parameterized(op))
    every = cirq.Circuit(map(cirq.I, cirq.LineQubit.range(2)))
    matrices = (
        (every + cirq.resolve_parameters(c, {"a": 0.3})).unitary().astype(complex)
        for c in (before, after)
    )
    cirq.testing.assert_allclose_up_to_global_phase(*matrices, atol=1e-7)


def test_every_rotation_gets_its_own_symbol_and_keeps_its_moment() -> None:
    q = cirq.LineQubit.range(2)
    before = cirq.Circuit(cirq.rx(A + 1)(q[0]), cirq.ry(0.2)(q[1]), cirq.rz(A + 1)(q[1]))
    after, names, expressions = name_angles(before)
    assert names == ("angle_0", "angle_1")
    assert expressions == [A + 1, A + 1]
    resolved = cirq.resolve_parameters(after, {"angle_0": 1.3, "angle_1": 1.3})
    assert cirq.approx_eq(resolved, cirq.resolve_parameters(before, {"a": 0.3}), atol=1e-9)


def test_a_symbolic_gate_that_is_no_rotation_is_refused() -> None:
    with pytest.raises(ValueError, match="symbolic, but not a rotation"):
        name_angles(cirq.Circuit(cirq.CZ(*cirq.LineQubit.range(2)) ** A))


def test_only_gates_with_the_phase_of_a_rotation_are_rotations() -> None:
    assert find_rotation(cirq.ry(0.4)) == "ry"
    assert find_rotation(cirq.Y**0.4) is None
    assert read_radians(cirq.ry(0.4)) == pytest.approx(0.4)


@st.composite
def polynomials(draw: st.DrawFn) -> sympy.Expr:
    numbers = st.integers(-3, 3)
    powers = st.tuples(*[st.integers(0, 3)] * len(NAMES))
    terms = draw(st.lists(st.tuples(numbers, powers), min_size=1, max_size=4))
    return A + sum(c * sympy.pi * A**i * B**j * X**k / 7 for c, (i, j, k) in terms)


@given(st.lists(polynomials(), max_size=3))
def test_angles_are_the_values_of_their_polynomials(expressions: list[sympy.Expr]) -> None:
    point = np.array([[0.0, 0.7, -1.3], [0.4, 0.0, 2.1]])
    values = make_polynomials(expressions, NAMES)(point)
    assert values.shape == (2, len(expressions))
    for row, at in zip(values, point, strict=True):
        exact = [float(e.subs(dict(zip((A, B, X), at, strict=True)))) for e in expressions]
        np.testing.assert_allclose(row, exact, atol=1e-9)


def test_an_angle_of_an_unknown_symbol_is_refused() -> None:
    with pytest.raises(ValueError, match="holds b, which is no weight and no input"):
        make_polynomials([A * B], ["a"])


def test_an_angle_that_is_no_polynomial_is_refused() -> None:
    with pytest.raises(ValueError, match="not a polynomial"):
        make_polynomials([sympy.sin(A)], ["a"])


@pytest.mark.parametrize("qubit", [cirq.GridQubit(3, 14), cirq.LineQubit(5), cirq.GridQubit(-1, 0)])
def test_labels_name_qubits(qubit: cirq.Qid) -> None:
    assert parse_qubit(str(qubit)) == qubit


def test_an_encoded_vector_follows_its_qubits() -> None:
    """Basis state |q0 q1> = |10> with q0 on device qubit 2 and q1 on 0, of three: |001>."""
    vector = np.array([0, 0, 1, 0], np.float32)
    states = place_vectors(vector[None], [2, 0], 3)
    assert states.dtype == np.complex64
    np.testing.assert_array_equal(np.flatnonzero(states[0]), [0b001])
