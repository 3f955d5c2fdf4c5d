from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.diagnostics import InputError
from qslc.ir.gates import GATES, compute_unitary
from qslc.ir.matrices import PAULIS
from qslc.ir.program import Operation, PauliString, Program
from qslc.verify import heisenberg
from qslc.verify.heisenberg import LETTERS, Terms, make_terms, propagate, simplify
from tests.lower import exact_simulation

OBSERVABLES = (
    PauliString(((0, "Z"),)),
    PauliString(((0, "X"), (2, "Y")), -1),
    PauliString(((1, "Y"),)),
)


def operators(sum_: Terms, count: int):
    """The sums as matrices, one for each observable."""
    out = np.zeros((count, 8, 8), dtype=complex)
    for column, owner in enumerate(sum_.owners):
        paulis = reduce(np.kron, (PAULIS[LETTERS[p]] for p in sum_.paulis[:, column]))
        out[owner] += sum_.coefficients[column] * paulis
    return out


@st.composite
def gates(draw) -> Operation:
    name = draw(st.sampled_from(sorted(GATES)))
    qubits = tuple(draw(st.permutations(range(3)))[: GATES[name].arity])
    angle = draw(st.sampled_from((0.3, np.pi / 2, np.pi))) if GATES[name].rotation else None
    return Operation(name, qubits, None if angle is None else sympy.Float(angle))


def one_point(op: Operation):
    angle = None if op.angle is None else float(op.angle)
    return op.qubits, (compute_unitary(op.gate, angle),)


@given(st.lists(gates(), max_size=8))
@settings(max_examples=60)
def test_propagation_is_conjugation(circuit):
    before = make_terms(OBSERVABLES, 3)
    after = operators(propagate(before, map(one_point, reversed(circuit))), 3)
    whole = exact_simulation.unitary(Program(3, tuple(circuit), ()), {})
    expected = [whole.conj().T @ string @ whole for string in operators(before, 3)]
    np.testing.assert_allclose(after, expected, atol=1e-10)


@given(st.lists(gates(), min_size=1, max_size=8), st.data())
@settings(max_examples=30)
def test_points_are_propagated_as_if_each_were_alone(circuit, data):
    angles, circuit = (0.3, np.pi / 2, np.pi), list(map(one_point, circuit))
    names = [data.draw(st.sampled_from(("rx", "ry", "rz"))) for _ in circuit]
    turns = [tuple(compute_unitary(name, angle) for angle in angles) for name in names]
    mixed = [gate for (qubits, one), many in zip(circuit, turns, strict=True)
             for gate in ((qubits, one), (qubits[:1], many))]  # fmt: skip
    together = operators(propagate(make_terms(OBSERVABLES, 3, 3), reversed(mixed)), 9)
    for point in range(3):
        alone = [(qubits, each[point : point + 1] or each) for qubits, each in mixed]
        expected = operators(propagate(make_terms(OBSERVABLES, 3), reversed(alone)), 3)
        np.testing.assert_allclose(together[3 * point : 3 * point + 3], expected, atol=1e-10)


def test_equal_strings_of_one_observable_are_added():
    paulis = np.array([[1, 1, 1, 2]], dtype=np.uint8)
    owners = np.array([0, 0, 1, 1], dtype=np.int32)
    sum_ = Terms(paulis, np.array([0.5, 0.25, 1.0, 0.0]), owners, np.zeros_like(owners))
    merged = simplify(sum_)
    assert sorted(zip(merged.owners.tolist(), merged.coefficients.tolist(), strict=True)) == [
        (0, 0.75),
        (1, 1.0),
    ]


def test_branches_that_meet_again_are_one():
    rx, back = compute_unitary("rx", 0.3), compute_unitary("rx", -0.3)
    after = propagate(make_terms(OBSERVABLES[:1], 3), [((0,), (rx,)), ((0,), (back,))] * 40)
    assert len(after.owners) == 1


def test_too_many_branches_are_an_error(monkeypatch):
    monkeypatch.setattr(heisenberg, "MAX_TERMS", 40)
    layer = [((i,), (compute_unitary(name, 0.3),)) for name in ("rx", "rz") for i in range(3)]
    layer += [((0, 1), (compute_unitary("cnot"),)), ((1, 2), (compute_unitary("cnot"),))]
    with pytest.raises(InputError, match="too many qubits to simulate"):
        propagate(make_terms(OBSERVABLES, 3), layer * 6)


def test_terms_are_columns_of_letters():
    start = make_terms(OBSERVABLES, 3)
    np.testing.assert_array_equal(start.paulis.T, [[3, 0, 0], [1, 0, 2], [0, 2, 0]])
    np.testing.assert_array_equal(start.coefficients, [1, -1, 1])
