"""Initial values of weights, drawn by numpy: the same seed gives the same values on any backend."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray


def draw_angles(count: int, deviation: float, seed: int) -> NDArray[np.float32]:
    """Draw rotation angles (count,) in radians: normal, with mean 0."""
    return np.random.default_rng(seed).normal(0.0, deviation, count).astype(np.float32)


def choose_deviation(per_qubit: float, *, reference: bool) -> float:
    """Return the standard deviation of initial angles in radians, for L angles on each qubit.

    1 / (2 sqrt(L + 2)): angles this small keep the gradient from vanishing exponentially in the
    number of qubits for circuits of any depth (Zhang et al. 2022, arXiv:2203.09376, theorem 1);
    uniform angles do not. Beside a reference state it is four times that, outside the theorem: on
    E2E, with six qubits of features, this ended lower than twice that (one seed).
    """
    return (2.0 if reference else 0.5) / math.sqrt(per_qubit + 2)


def draw_orthogonal(rows: int, columns: int, seed: int) -> NDArray[np.float32]:
    """Draw a random matrix (rows, columns) whose shorter side is orthonormal."""
    tall = np.random.default_rng(seed).normal(size=(max(rows, columns), min(rows, columns)))
    q, r = np.linalg.qr(tall)
    q = q * np.sign(np.diag(r))
    return (q if rows >= columns else q.T).astype(np.float32)


@dataclass(frozen=True)
class SingularBases:
    """Orthonormal bases of both sides of a matrix (d, units).

    Args:
        left: (d, d), the left singular vectors in columns.
        values: (min(d, units),)
        right: (units, units), the right singular vectors in rows.
        determined: So many leading vectors, of either side, are the same on every machine but for
            rounding: no two of their values are so close that rounding mixes their vectors.
    """

    left: NDArray[np.float32]
    values: NDArray[np.float32]
    right: NDArray[np.float32]
    determined: int


def compute_singular_bases(kernel: NDArray[np.floating[Any]]) -> SingularBases:
    """Compute the singular vectors of a matrix (d, units), leading ones first.

    Random vectors, the same for all matrices of a size, complete the longer basis. The largest
    entry of each left singular vector is positive.
    """
    left, values, right = np.linalg.svd(kernel.astype(np.float64), full_matrices=False)
    signs = np.sign(left[np.argmax(np.abs(left), axis=0), np.arange(len(values))])
    return SingularBases(
        left=_complete(left * signs).astype(np.float32),
        values=values.astype(np.float32),
        right=_complete((right * signs[:, None]).T).T.astype(np.float32),
        determined=_count_determined(values, max(kernel.shape)),
    )


def _complete(columns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Complete orthonormal columns (n, k) by n - k more that depend on their span alone."""
    size, count = columns.shape
    others = np.random.default_rng(0).normal(size=(size, size - count))
    for _ in range(2):  # once leaves the rounding errors of the projection
        others -= columns @ (columns.T @ others)
    q, r = np.linalg.qr(others)
    return np.concatenate([columns, q * np.sign(np.diag(r))], axis=1)


def _count_determined(values: NDArray[np.float64], size: int) -> int:
    """Count the leading vectors before the first two values that are too close.

    An SVD in float64 turns a vector by about 1e-15 of the largest value over the distance to the
    next one: at the distance allowed here by less than float32 rounds.
    """
    close = -np.diff(values, append=0.0) <= 1e-7 * values[0]
    return int(np.argmax(close)) if close.any() else size


def add_weight(
    layer: keras.layers.Layer,
    name: str,
    values: NDArray[np.float32 | np.int32],
    *,
    trainable: bool = True,
) -> Any:
    """Add a weight to ``layer`` that starts as ``values``; the dtype policy has no say."""

    def initializer(shape: tuple[int, ...], dtype: str | None = None) -> Any:
        return ops.convert_to_tensor(values.reshape(shape), dtype)

    return layer.add_weight(
        name=name,
        shape=values.shape,
        initializer=initializer,
        dtype=values.dtype.name,
        trainable=trainable,
        autocast=False,
    )


def check_positive(**values: object) -> None:
    """Raise a ValueError unless each value is a positive number or None."""
    for name, value in values.items():
        if value is not None and not (isinstance(value, int | float) and 0 < value < math.inf):
            raise ValueError(f"{name} is a positive number or None, not {value!r}")
