"""Constant tables against the matrices of the gates."""

from __future__ import annotations

from functools import reduce

import cirq
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qslc_runtime import tables

Gates = list[tuple[int, ...]]
GATES = st.lists(
    st.one_of(st.permutations(range(3)).map(lambda p: tuple(p[:2])), st.tuples(st.integers(0, 2))),
    max_size=8,
)
PAULI = {"I": np.eye(2), "X": cirq.unitary(cirq.X), "Y": cirq.unitary(cirq.Y)}
PAULI["Z"] = cirq.unitary(cirq.Z)


def unitary(gates: Gates, pair: cirq.Gate, single: cirq.Gate) -> np.ndarray:
    qubits = cirq.LineQubit.range(3)
    chosen = ((pair if len(g) == 2 else single).on(*(qubits[q] for q in g)) for g in gates)
    return cirq.Circuit(map(cirq.I, qubits), chosen).unitary(qubit_order=qubits)


@given(GATES)
def test_permutation_is_what_cnot_and_x_do(gates: Gates) -> None:
    state = np.arange(1, 9.0)
    expected = (unitary(gates, cirq.CNOT, cirq.X) @ state).real
    np.testing.assert_allclose(state[tables.permutation(3, *gates).table], expected, atol=1e-6)


@given(GATES)
def test_parity_is_what_cz_and_z_do(gates: Gates) -> None:
    expected = np.diag(unitary(gates, cirq.CZ, cirq.Z)).real
    np.testing.assert_allclose(tables.parity(3, *gates).table[:, 0], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("qubits", "text"),
    [(1, "Z0")]
    + [(4, text) for text in ("-Z1*Z3", "Z0*Z1*Z2*Z3", "X0*Z2", "Y1", "Y0*Y3", "-Y0*Y1*Y2")],
)
def test_signs_are_those_of_the_string_behind_its_flips(qubits: int, text: str) -> None:
    """P = i^k X^m Z^z: what is left of P when X^m and one i of an odd power are taken away."""
    found = {int(part[1:]): part[0] for part in text.lstrip("-").split("*")}
    letters = [found.get(q, "I") for q in range(qubits)]
    string = reduce(np.kron, [PAULI[letter] for letter in letters])
    flips = reduce(np.kron, [PAULI["X" if letter in "XY" else "I"] for letter in letters])
    diagonal = np.diag(flips @ string) * (-1 if text[0] == "-" else 1)
    odd = sum(letter == "Y" for letter in letters) % 2
    signs = tables.signs(qubits, text)
    np.testing.assert_allclose(np.kron(signs.high[0], signs.low[0]), diagonal / 1j**odd, atol=1e-6)
