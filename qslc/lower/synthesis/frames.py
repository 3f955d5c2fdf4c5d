"""The states of a search: frames, in which gates have taken Pauli strings somewhere.

Pauli strings are bits of 64-bit words, so that one operation of numpy works on many of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qslc.lower.synthesis.cuts import Ints
from qslc.lower.synthesis.moves import Bits
from qslc.pauli.frame import RotationForm
from qslc.pauli.tableau import make_tableau

_WORD = 64
"""Number of bits in a word."""


@dataclass(frozen=True)
class Strings:
    """The Pauli strings of a rotation form on the vertices of a graph, the observables last.

    Args:
        x: Bits that are 1 where a string has X or Y on the vertex, shape (vertices, words).
        z: The same for Z and Y.
        layers: Words of each layer, and of the observables.
        members: Bits that stand for a string, shape (words,).
    """

    x: Bits
    z: Bits
    layers: tuple[slice, ...]
    members: Bits


def pack_strings(form: RotationForm, places: Sequence[int], vertices: int) -> Strings:
    """Pack the axes of a form into words, with program qubit q on vertex ``places[q]``."""
    layers = [make_tableau(rotation.axis for rotation in layer) for layer in form.layers]
    layers.append(make_tableau(form.observables))
    stops = np.cumsum([-(-table.size // _WORD) for table in layers], dtype=np.int64).tolist()
    words = tuple(slice(*each) for each in pairwise([0, *stops]))
    x, z = (np.zeros((vertices, stops[-1]), dtype=np.uint64) for _ in range(2))
    members = np.zeros(stops[-1], dtype=np.uint64)
    for table, where in zip(layers, words, strict=True):
        members[where] = _split((1 << table.size) - 1, where)
        for qubit in table.x:
            x[places[qubit], where] = _split(table.x[qubit], where)
            z[places[qubit], where] = _split(table.z[qubit], where)
    return Strings(x, z, words, members)


def _split(bits: int, words: slice) -> Bits:
    """Return the words of a long integer, the lowest first."""
    return np.frombuffer(bits.to_bytes(8 * (words.stop - words.start), "little"), dtype="<u8")


@dataclass(frozen=True)
class Frames:
    """Frames and how they came about; the first axis of every array is the frame.

    Args:
        x: Bits of the strings on each vertex, as in ``Strings``, shape (frames, vertices, words).
        z: The same for Z and Y.
        done: Strings that have been on one vertex in their turn, shape (frames, words).
        level: Two-qubit gates on the longest chain that ends there, shape (frames, vertices).
        gates: Number of two-qubit gates, shape (frames,).
        extra: What these gates cost beside others, in two-qubit gates, shape (frames,).
        trail: Last entry of each frame in the history of the search, shape (frames,).
    """

    x: Bits
    z: Bits
    done: Bits
    level: Ints
    gates: Ints
    extra: NDArray[np.float64]
    trail: Ints

    def take(self, index: Ints) -> Frames:
        """Return some of the frames."""
        return Frames(*(getattr(self, field.name)[index] for field in fields(self)))

    def find_left(self, words: slice, members: Bits) -> Bits:
        """Return which members of a layer are still to be done, shape (frames, words)."""
        left: Bits = ~self.done[:, words] & members[words]
        return left

    def mark_done(self, words: slice) -> None:
        """Note which strings of a layer are on one vertex."""
        support = self.x[:, :, words] | self.z[:, :, words]
        before = np.bitwise_or.accumulate(support, axis=1)
        twice = np.bitwise_or.reduce(support[:, 1:] & before[:, :-1], axis=1)
        self.done[:, words] |= before[:, -1] & ~twice


def start_frames(strings: Strings) -> Frames:
    """Return the one frame in which no gate has acted yet."""
    none = np.zeros(1, dtype=np.int64)
    done = np.zeros((1, len(strings.members)), dtype=np.uint64)
    level = np.zeros((1, len(strings.x)), dtype=np.int64)
    return Frames(strings.x[None], strings.z[None], done, level, none, np.zeros(1), none)


def concatenate(parts: Sequence[Frames]) -> Frames:
    """Return all frames of several parts."""
    names = [field.name for field in fields(Frames)]
    return Frames(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def hash_strings(x: Bits, z: Bits, salt: Bits) -> Bits:
    """Return a number for each frame that is equal for equal strings and else hardly ever.

    Args:
        x: Bits of X and Y, shape (frames, vertices, words).
        z: Bits of Z and Y.
        salt: Numbers from ``draw_salt``.
    """
    keys = x * salt[0, :, None] ^ z * salt[1, :, None]
    keys = (keys ^ keys >> np.uint64(29)) * salt[2, :, None]
    keys = (keys ^ keys >> np.uint64(32)).sum(axis=1)
    summed: Bits = (keys * np.arange(1, 2 * keys.shape[1], 2, dtype=np.uint64)).sum(axis=1)
    return summed


def draw_salt(vertices: int) -> Bits:
    """Draw odd numbers for hashing, shape (3, vertices), the same ones every time."""
    rng = np.random.default_rng(0)
    return rng.integers(1 << 63, size=(3, vertices), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
