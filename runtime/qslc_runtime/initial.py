"""Initial values of weights, drawn by numpy: the same seed gives the same values on any backend."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def angles(
    count: int, qubits: int, seed: int, deviation: float | None = None
) -> NDArray[np.float32]:
    """Rotation angles (count,) in radians: normal, with variance 1 / (4 (L + 2)) unless given.

    L is the number of angles per qubit. Angles this small keep the gradient from vanishing
    exponentially in the number of qubits for circuits of any depth (Zhang et al. 2022,
    arXiv:2203.09376, theorem 1); uniform angles do not.
    """
    deviation = deviation or 0.5 / math.sqrt(count / qubits + 2)
    return np.random.default_rng(seed).normal(0.0, deviation, count).astype(np.float32)


def orthogonal(rows: int, columns: int, seed: int) -> NDArray[np.float32]:
    """A random matrix (rows, columns) whose shorter side is orthonormal."""
    tall = np.random.default_rng(seed).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))
    return (q if rows >= columns else q.T).astype(np.float32)


def singular_vectors(
    kernel: NDArray[np.floating[Any]], count: int
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """The leading left vectors (d, count), singular values and right vectors (count, units).

    The largest entry of each left one is positive: they do not depend on the library.

    Raises:
        ValueError: there are fewer.
    """
    if count > min(kernel.shape):
        raise ValueError(
            f"a kernel {kernel.shape} has {min(kernel.shape)} singular vectors, not {count}: "
            'use basis="random", or fewer features'
        )
    left, values, right = np.linalg.svd(kernel.astype(np.float64), full_matrices=False)
    left, right = left[:, :count], right[:count]
    largest = np.argmax(np.abs(left), axis=0)
    signs = np.sign(left[largest, np.arange(count)])
    found = (left * signs, values[:count], right * signs[:, None])
    left, values, right = (part.astype(np.float32) for part in found)
    return left, values, right
