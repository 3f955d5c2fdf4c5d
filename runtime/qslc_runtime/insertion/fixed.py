"""Digests of fixed weights: what says that one was made again, where its last bits may differ.

A fixed matrix comes from a seed or from the singular vectors of a kernel. Another machine, with
another LAPACK, rounds the same matrix differently, so that no hash of its bits would do. The
digest is a few sums of the weight's numbers with fixed random signs: rounding moves them by parts
in 10 million, and a matrix that differs by the distance D moves each of them by about D.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

COUNT = 4
TOLERANCE = 1e-6
"""Of a weight's norm: sixteen times what rounding to float32 moves at most."""

Digest = tuple[float, ...]


def digest(weight: NDArray[Any]) -> Digest:
    """COUNT sums of the weight's numbers, with signs that depend on its size alone."""
    values = weight.astype(np.float64).ravel()
    return tuple(float(f"{total:.9g}") for total in _signs(values.size) @ values)


def agrees(weight: NDArray[Any], expected: Sequence[float]) -> bool:
    """Whether the weight is, but for rounding, the one that has this digest."""
    if len(expected) != COUNT:
        return False
    allowed = TOLERANCE * float(np.linalg.norm(weight.astype(np.float64)))
    return all(
        math.isfinite(there) and abs(here - there) <= allowed
        for here, there in zip(digest(weight), expected, strict=True)
    )


def equal(one: NDArray[Any], other: NDArray[Any]) -> bool:
    """Whether two weights are the same but for rounding."""
    if one.shape != other.shape:
        return False
    distance = np.linalg.norm(one.astype(np.float64) - other.astype(np.float64))
    return bool(distance <= TOLERANCE * np.linalg.norm(other.astype(np.float64)))


@lru_cache(maxsize=8)
def _signs(size: int) -> NDArray[np.float64]:
    """(COUNT, size) of -1 and 1: drawn from a hash, whose output never changes."""
    count = COUNT * size
    drawn = hashlib.shake_128(b"qslc fixed weight").digest(-(-count // 8))
    bits = np.unpackbits(np.frombuffer(drawn, np.uint8), count=count)
    return (2.0 * bits - 1.0).reshape(COUNT, size)
