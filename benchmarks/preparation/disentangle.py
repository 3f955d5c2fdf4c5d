"""The peers that need no package: matrix product states, and angles of cluster means."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from qslc_runtime.preparation import Brick, prepare_states, simulate
from scipy.cluster.vq import kmeans2

Array = NDArray[np.float64]


def prepare_by_products(states: Array, layers: int) -> Array:
    """Return fidelities (tokens,) of layers of disentanglers of bond 2 (Ran 2020, PRA 101, 032310).

    A layer is a staircase of real gates on neighbors of a line, two CZ each.
    """
    return np.array([_disentangle(state, layers) for state in states])


def count_product_gates(qubits: int, layers: int) -> int:
    """Count the CZ: two for each gate, but one for the first, which acts on |00>."""
    return 2 * (qubits - 1) * layers - 1


def _disentangle(state: Array, layers: int) -> float:
    qubits = len(state).bit_length() - 1
    for _ in range(layers):
        for first in range(qubits - 1):
            pairs = state.reshape(1 << first, 4, -1)
            matrix = pairs.transpose(1, 0, 2).reshape(4, -1)
            gate = np.linalg.svd(matrix)[0].T
            state = np.einsum("ij,ajb->aib", gate, pairs).reshape(-1)
    return float(state[0] ** 2)


def prepare_by_clusters(brick: Brick, known: Array, states: Array, clusters: int) -> Array:
    """Return fidelities (tokens,) with the angles of cluster means, as EnQode (Han et al. 2025).

    Args:
        brick: The circuit.
        known: States (count, 2**qubits) that the clusters are made of.
        states: States (tokens, 2**qubits) that get the angles of the nearest mean.
        clusters: Number of clusters.
    """
    main = np.linalg.svd(known, full_matrices=False)[2][0]
    signs = np.where(known @ main < 0, -1, 1)
    means, _ = kmeans2(signs[:, None] * known, clusters, minit="++", seed=0)
    prepared = simulate(brick, prepare_states(brick, means, threads=1).angles)
    return np.square(states @ prepared.T).max(axis=1)
