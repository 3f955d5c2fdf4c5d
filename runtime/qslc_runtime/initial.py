"""Initial values of weights, drawn by numpy: the same seed gives the same values on any backend."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray


def angles(count: int, deviation: float, seed: int) -> NDArray[np.float32]:
    """Rotation angles (count,) in radians: normal, with mean 0."""
    return np.random.default_rng(seed).normal(0.0, deviation, count).astype(np.float32)


def deviation(per_qubit: float, *, reference: bool) -> float:
    """The standard deviation of initial angles in radians, for L angles on each qubit.

    1 / (2 sqrt(L + 2)): angles this small keep the gradient from vanishing exponentially in the
    number of qubits for circuits of any depth (Zhang et al. 2022, arXiv:2203.09376, theorem 1);
    uniform angles do not. Beside a reference state it is four times that, outside the theorem: on
    E2E, with six qubits of features, this ended lower than twice that (one seed).
    """
    return (2.0 if reference else 0.5) / math.sqrt(per_qubit + 2)


def orthogonal(rows: int, columns: int, seed: int) -> NDArray[np.float32]:
    """A random matrix (rows, columns) whose shorter side is orthonormal."""
    tall = np.random.default_rng(seed).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))
    return (q if rows >= columns else q.T).astype(np.float32)


def singular_bases(
    kernel: NDArray[np.floating[Any]],
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """Left singular vectors (d, d), values (min(d, units),), right ones (units, units) of a matrix.

    Vectors without a value complete the bases. The largest entry of each left one, and of each
    right one without a partner, is positive.
    """
    left, values, right = np.linalg.svd(kernel.astype(np.float64))
    signs, others = _signs(left.T), _signs(right)
    others[: len(values)] = signs[: len(values)]
    bases = (left * signs, values, right * others[:, None])
    left, values, right = (part.astype(np.float32) for part in bases)
    return left, values, right


def _signs(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Of the largest entry of each row."""
    return np.sign(rows[np.arange(len(rows)), np.argmax(np.abs(rows), axis=1)])
