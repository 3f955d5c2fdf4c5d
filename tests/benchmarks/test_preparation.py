"""The peers of state preparation do what they are named after."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from qslc_runtime.preparation import make_brick

from benchmarks.preparation.disentangle import (
    count_product_gates,
    prepare_by_clusters,
    prepare_by_products,
)
from benchmarks.preparation.vectors import read_vectors


def make_product(rng: np.random.Generator, qubits: int) -> np.ndarray:
    state = np.ones(1)
    for angle in rng.uniform(0, 2 * np.pi, qubits):
        state = np.kron(state, [np.cos(angle), np.sin(angle)])
    return state


def test_states_of_bond_two_are_exact_in_one_layer() -> None:
    rng = np.random.default_rng(0)
    ghz = np.zeros(32)
    ghz[[0, -1]] = np.sqrt(0.5)
    states = np.stack([make_product(rng, 5), ghz])
    np.testing.assert_allclose(prepare_by_products(states, 1), 1)


def test_two_qubits_are_exact_with_one_gate() -> None:
    states = np.random.default_rng(0).normal(size=(5, 4))
    states /= np.linalg.norm(states, axis=1, keepdims=True)
    np.testing.assert_allclose(prepare_by_products(states, 1), 1)
    assert count_product_gates(2, 1) == 1


def test_more_layers_are_better() -> None:
    states = np.random.default_rng(0).normal(size=(5, 32))
    states /= np.linalg.norm(states, axis=1, keepdims=True)
    fidelities = [prepare_by_products(states, layers).mean() for layers in (1, 3, 9)]
    assert fidelities[0] < fidelities[1] < fidelities[2] < 1


def test_a_token_gets_the_angles_of_the_nearest_mean() -> None:
    known = np.kron(np.eye(8)[:4], np.ones((3, 1)))
    brick = make_brick(3, [(0, 1), (1, 2)])
    turned = (np.eye(8)[1] * 0.8 - np.eye(8)[7] * 0.6)[None]
    states = np.concatenate([known, turned])
    fidelities = prepare_by_clusters(brick, known, states, clusters=4)
    np.testing.assert_allclose(fidelities, [1] * 12 + [0.64], atol=1e-6)


@pytest.mark.parametrize("with_data", [True, False])
def test_vectors_along_principal_axes_fall(with_data: bool, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    states, kernel = rng.normal(size=(50, 8)), rng.normal(size=(8, 8))
    np.savez(tmp_path / "block.npz", states=[*states, *states[:9]], query_kernel=kernel)
    first, second = read_vectors(tmp_path if with_data else None, 10)
    assert not first.falls
    assert second.falls
    assert len(first.tokens) == len(second.tokens) == 10
    sizes = np.square(second.known).sum(axis=0)
    assert (np.diff(sizes[:8]) < 0).all()
    if not with_data:
        return
    norms = np.sort(np.linalg.norm(states, axis=1))
    for vectors in (first, second):
        rows = np.concatenate([vectors.tokens, vectors.known])
        np.testing.assert_allclose(np.sort(np.linalg.norm(rows, axis=1)), norms)
