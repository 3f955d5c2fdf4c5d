from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qslc.ir.decompositions import decompose_to_rotations
from qslc.ir.matrices import PAULIS
from qslc.ir.program import Program
from qslc.pauli.tableau import (
    are_measurable_together,
    find_anticommuting,
    insert_string,
    list_bits,
    list_strings,
    make_tableau,
    turn_by_quarter,
)
from tests.export.emit_matrices import rotation
from tests.lower.exact_simulation import unitary
from tests.passes.pass_programs import A, observable, op, operations, pauli_strings

QUBITS = 2


def matrix(paulis, sign=1):
    letters = dict(paulis)
    out = np.eye(1)
    for qubit in range(QUBITS):
        out = np.kron(out, PAULIS[letters.get(qubit, "I")])
    return sign * out


@given(st.lists(pauli_strings(QUBITS), max_size=5).map(tuple))
def test_strings_survive(observables):
    assert list_strings(make_tableau(observables)) == observables


@given(st.lists(pauli_strings(QUBITS), max_size=5).map(tuple), st.integers(0, 4))
def test_strings_may_come_in_any_order(observables, rotate):
    table = make_tableau(observables[:1])
    later = [*enumerate(observables)][1:]
    for index, each in (*later[rotate:], *later[:rotate]):
        table = insert_string(table, index, each.paulis)
    unsigned = tuple(replace(each, sign=1) for each in observables[1:])
    assert list_strings(table) == (*observables[:1], *unsigned)


@given(st.sets(st.integers(0, 200)))
def test_bits_rise(chosen):
    assert list(list_bits(sum(1 << k for k in chosen))) == sorted(chosen)


@given(st.lists(pauli_strings(QUBITS), min_size=1, max_size=5), pauli_strings(QUBITS))
def test_a_quarter_turn_is_conjugation(observables, axis):
    turn = rotation(matrix(axis.paulis), np.pi / 2)
    after = list_strings(turn_by_quarter(make_tableau(observables), axis.paulis))
    for old, new in zip(observables, after, strict=True):
        conjugated = turn.conj().T @ matrix(old.paulis, old.sign) @ turn
        np.testing.assert_allclose(matrix(new.paulis, new.sign), conjugated, atol=1e-12)


@given(pauli_strings(QUBITS), pauli_strings(QUBITS))
def test_anticommuting(string, other):
    a, b = matrix(string.paulis), matrix(other.paulis)
    assert bool(find_anticommuting(make_tableau([string]), other.paulis)) == bool(
        np.any(a @ b != b @ a)
    )


@pytest.mark.parametrize(
    ("texts", "together"),
    [("Z0 Z0*Z1", True), ("X0 Z1", True), ("Z0 X0*Z1", False), ("Y0 X0", False)],
)
def test_measurable_together(texts, together):
    assert are_measurable_together(make_tableau(map(observable, texts.split()))) == together


@given(operations(QUBITS))
def test_every_gate_is_its_rotations_up_to_a_phase(operation):
    values = {"a": 0.37, "b": 0.37, "x0": 0.37}
    product = np.eye(2**QUBITS)
    for paulis, angle in decompose_to_rotations(operation):
        product = rotation(matrix(paulis), float(angle.subs(values))) @ product
    gate = unitary(Program(QUBITS, (operation,), ()), values)
    assert abs(np.vdot(gate, product)) == pytest.approx(2**QUBITS)


def test_a_controlled_rotation_has_half_angles():
    assert decompose_to_rotations(op("crx 0 1", A)) == (
        (((1, "X"),), A / 2),
        (((0, "Z"), (1, "X")), -A / 2),
    )
