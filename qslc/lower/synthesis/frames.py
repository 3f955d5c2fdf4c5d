"""The states of a search: frames, in which Pauli strings have been taken somewhere by gates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.uint64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Frames:
    """Frames and how they came about; the first axis of every array is the frame.

    x, z: (frames, vertices, words) bits of the strings on each vertex, layer after layer.
    done: (frames, words) strings that have been on one vertex in their turn.
    level: (frames, vertices) two-qubit gates on the longest chain that ends there.
    gates: (frames,) how many.
    trail: (frames,) the last entry of each frame in the history.
    """

    x: Bits
    z: Bits
    done: Bits
    level: Ints
    gates: Ints
    trail: Ints

    def chosen(self, index: Ints) -> Frames:
        return Frames(*(getattr(self, field.name)[index] for field in fields(self)))

    def left(self, words: slice, members: Bits) -> Bits:
        """(frames, words of a layer) which of its members are still to be done."""
        left: Bits = ~self.done[:, words] & members[words]
        return left

    def mark(self, words: slice) -> None:
        """Notes which strings of a layer are on one vertex."""
        support = self.x[:, :, words] | self.z[:, :, words]
        before = np.bitwise_or.accumulate(support, axis=1)
        twice = np.bitwise_or.reduce(support[:, 1:] & before[:, :-1], axis=1)
        self.done[:, words] |= before[:, -1] & ~twice


def joined(parts: Sequence[Frames]) -> Frames:
    """All frames of several parts."""
    names = [field.name for field in fields(Frames)]
    return Frames(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def hashed(x: Bits, z: Bits, salt: Bits) -> Bits:
    """(frames,) a number that is equal for equal strings and else hardly ever.

    Args:
        x, z: (frames, vertices, words).
        salt: what ``salted`` makes.
    """
    keys = x * salt[0, :, None] ^ z * salt[1, :, None]
    keys = (keys ^ keys >> np.uint64(29)) * salt[2, :, None]
    keys = (keys ^ keys >> np.uint64(32)).sum(axis=1)
    summed: Bits = (keys * np.arange(1, 2 * keys.shape[1], 2, dtype=np.uint64)).sum(axis=1)
    return summed


def salted(vertices: int) -> Bits:
    """(3, vertices) odd numbers for hashing."""
    rng = np.random.default_rng(0)
    return rng.integers(1 << 63, size=(3, vertices), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
