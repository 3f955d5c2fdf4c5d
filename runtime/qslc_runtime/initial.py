"""Initial values of weights, drawn by numpy: the same seed gives the same values on any backend."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def angles(count: int, qubits: int, seed: int) -> NDArray[np.float32]:
    """Rotation angles (count,) in radians: normal, with variance 1 / (4 (L + 2)).

    L is the number of angles per qubit. Angles this small keep the gradient from vanishing
    exponentially in the number of qubits for circuits of any depth (Zhang et al. 2022,
    arXiv:2203.09376, theorem 1); uniform angles do not.
    """
    deviation = 0.5 / math.sqrt(count / qubits + 2)
    return np.random.default_rng(seed).normal(0.0, deviation, count).astype(np.float32)


def orthogonal(rows: int, columns: int, seed: int) -> NDArray[np.float32]:
    """A random matrix (rows, columns) whose shorter side is orthonormal."""
    tall = np.random.default_rng(seed).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))
    return (q if rows >= columns else q.T).astype(np.float32)
