"""The states that an amplitude encoder asks for, as the layers make them in simulation."""

from __future__ import annotations

import math
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

Padding = Literal["zero", "bias", "reference"]

_NAMED = 8
"""Tokens that a message names at most."""


def encode_vectors(
    vectors: ArrayLike, qubits: int, padding: Padding = "zero"
) -> NDArray[np.float64]:
    """Return the states in which vectors are amplitudes.

    | padding | state, for a vector x |
    |---|---|
    | "zero" | (x, 0, ...) / norm |
    | "bias" | (x, 1, 0, ...) / norm |
    | "reference" | (x / norm of x, 0, ...; 1, 1, ... / sqrt(half)) / sqrt(2), in halves |

    The sign of x beside the constants matters; that of the whole state does not. A vector of
    zeros has the state of the constants alone; with "zero" it has none.

    Args:
        vectors: Real vectors (tokens, features).
        qubits: Number of qubits.
        padding: What stands beside the features.

    Returns:
        States (tokens, 2**qubits) of norm 1; the first qubit is the most significant bit.

    Raises:
        ValueError: The vectors have another shape, are too wide, are not finite, or one is zero
            where nothing stands beside it. The message names the tokens.
    """
    rows = _check_vectors(vectors, qubits, padding)
    size = 1 << qubits
    states = np.zeros((len(rows), size))
    width = rows.shape[1]
    match padding:
        case "zero":
            states[:, :width] = _normalize(rows)
        case "bias":
            states[:, :width], states[:, width] = rows, 1
            states = _normalize(states)
        case "reference":
            states[:, :width] = _normalize(rows)
            states[:, size // 2 :] = 1 / math.sqrt(size // 2)
            states = _normalize(states)
    return states


def count_capacity(qubits: int, padding: Padding) -> int:
    """Count the features that fit.

    Raises:
        ValueError: There is no such padding.
    """
    capacities = {"zero": 1 << qubits, "bias": (1 << qubits) - 1, "reference": 1 << (qubits - 1)}
    if padding not in capacities:
        names = ", ".join(get_args(Padding))
        raise ValueError(f"the padding is one of {names}, not {padding!r}")
    return capacities[padding]


def _check_vectors(vectors: ArrayLike, qubits: int, padding: Padding) -> NDArray[np.float64]:
    rows = np.asarray(vectors)
    if rows.dtype.kind not in "fiub" and rows.dtype.name != "bfloat16":
        raise ValueError(f"vectors are real numbers, not {rows.dtype}")
    if rows.ndim != 2:
        raise ValueError(f"vectors have the shape (tokens, features), not {rows.shape}")
    capacity = count_capacity(qubits, padding)
    if not 1 <= rows.shape[1] <= capacity:
        raise ValueError(
            f'{qubits} qubits with the padding "{padding}" hold 1 to {capacity} features, '
            f"not {rows.shape[1]}"
        )
    rows = np.ascontiguousarray(rows, np.float64)
    _refuse(~np.isfinite(rows).all(axis=1), "not finite")
    if padding == "zero":
        _refuse(~rows.any(axis=1), "zero, and a state has the norm 1")
    return rows


def _refuse(wrong: NDArray[np.bool_], why: str) -> None:
    tokens = np.flatnonzero(wrong)
    if not len(tokens):
        return
    names = ", ".join(map(str, tokens[:_NAMED])) + (", ..." if len(tokens) > _NAMED else "")
    if len(tokens) == 1:
        raise ValueError(f"the vector of token {names} is {why}")
    raise ValueError(f"the vectors of {len(tokens)} tokens ({names}) are {why}")


def _normalize(rows: NDArray[np.float64]) -> NDArray[np.float64]:
    """Divide rows by their norms, without overflow; rows of zeros stay."""
    largest = np.abs(rows).max(axis=1, keepdims=True, initial=0)
    rows = rows / np.where(largest > 0, largest, 1)
    norms = np.sqrt(np.square(rows).sum(axis=1, keepdims=True))
    return np.asarray(rows / np.where(norms > 0, norms, 1))
