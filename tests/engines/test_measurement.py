from __future__ import annotations

import cirq
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from qslc_runtime.engines.measurement import (
    Means,
    Readout,
    SignedString,
    average,
    find_probabilities,
    group_settings,
    sample,
)

QUBITS = 3
PERFECT = Readout(np.zeros(QUBITS), np.zeros(QUBITS))


def strings() -> st.SearchStrategy[SignedString]:
    paulis = st.dictionaries(st.integers(0, QUBITS - 1), st.sampled_from("XYZ"), min_size=1)
    return st.builds(SignedString, paulis, st.sampled_from([1, -1]))


def random_state(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    state = rng.normal(size=2**QUBITS) + 1j * rng.normal(size=2**QUBITS)
    return (state / np.linalg.norm(state)).astype(np.complex64)


def exact(string: SignedString, state: np.ndarray) -> float:
    matrix = np.eye(1)
    for qubit in range(QUBITS):
        pauli = string.paulis.get(qubit)
        matrix = np.kron(matrix, cirq.unitary(getattr(cirq, pauli)) if pauli else np.eye(2))
    return string.sign * float((state.conj() @ matrix @ state).real)


@given(st.lists(strings(), min_size=1, max_size=6), st.integers(0, 100))
def test_expectations_of_all_settings_are_exact(of: list[SignedString], seed: int) -> None:
    state = random_state(seed)
    groups = group_settings(of)
    assert sorted(i for group in groups for i in group.members) == list(range(len(of)))
    for group in groups:
        distribution = find_probabilities(state, group)
        members = [of[i] for i in group.members]
        expected = [exact(string, state) for string in members]
        assert Means(members, PERFECT)(distribution) == pytest.approx(expected, abs=1e-5)


def test_strings_that_agree_share_a_setting() -> None:
    of = [SignedString({0: "Z"}), SignedString({0: "X", 1: "Z"}), SignedString({1: "Z", 2: "Y"})]
    assert [group.members for group in group_settings(of)] == [(0, 2), (1,)]


def test_readout_errors_shrink_and_shift_a_product() -> None:
    readout = Readout(np.array([0.1, 0.0, 0.3]), np.array([0.2, 0.0, 0.0]))
    one_zero_one = np.eye(8)[0b101]
    means = Means([SignedString({0: "Z", 2: "Z"}, -1)], readout)
    assert means(one_zero_one) == pytest.approx([0.6 * -1.0])
    assert means(np.eye(8)[0]) == pytest.approx([-(0.8 * 0.4)])


def test_samples_follow_the_distribution() -> None:
    distribution = np.array([0.1, 0.0, 0.2, 0.0, 0.3, 0.0, 0.4, 0.0])
    bits = sample(distribution, 20_000, np.random.default_rng(0))
    counts = np.bincount(bits @ [4, 2, 1], minlength=8) / 20_000
    np.testing.assert_allclose(counts, distribution, atol=4 * np.sqrt(0.25 / 20_000))
    assert counts[distribution == 0].sum() == 0


def test_flips_follow_the_true_bit() -> None:
    readout = Readout(np.array([0.0, 0.2, 1.0]), np.array([0.3, 0.0, 0.0]))
    bits = np.array([[True, False, False]] * 20_000)
    read = readout.flip(bits, np.random.default_rng(1)).mean(axis=0)
    np.testing.assert_allclose(read, [0.7, 0.2, 1.0], atol=0.015)


def test_the_mean_of_shots_is_a_signed_parity() -> None:
    bits = np.array([[0, 1, 1], [0, 0, 1], [1, 0, 0], [0, 0, 0]], bool)
    assert average(bits, SignedString({0: "X", 2: "Z"}, -1)) == pytest.approx(-(-1 - 1 - 1 + 1) / 4)
