"""Beam search for a circuit that makes every rotation of a form a one-qubit rotation in its turn.

A state is a frame: where each Pauli string of the program has been taken by the gates so far. A
move is one two-qubit Clifford gate on a coupler; a rotation is done, for nothing, as soon as its
string is on one qubit. Layer by layer the best frames are kept by

    length of the strings that are still to be done          (of the next layers with less weight)
    + price * level of the deepest qubit + price * sum of the levels of all qubits,

where the length of a string is about the number of gates that would gather it on one qubit alone:
each edge of its Steiner tree once, and once more where the tree has a vertex that the string has
not. All frames of a generation have the same number of gates. Where a logical qubit is at the end
of a layer is free: relabelling costs nothing, and there are no SWAPs, only frames.

The idea of reducing the lengths of rows greedily is that of Goubault de Brugiere et al., "Gaussian
elimination versus greedy methods for the synthesis of linear reversible circuits" (2021), for
whole programs as in their "Faster and shorter synthesis of Hamiltonian simulation circuits" (2024).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from qslc.lower.coupling import Graph
from qslc.lower.synthesis.cuts import Cuts, cuts
from qslc.lower.synthesis.moves import Letters, Move, anticommuting, multiplied
from qslc.lower.synthesis.strings import Strings

Bits = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_PATIENCE = 12
"""Generations per vertex after which a layer is given up."""

_OVERHEAD = 10_000
"""What a generation costs in any case, in words."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What a search weighs.

    Args:
        width: frames that are kept in each generation.
        ahead: weights of the lengths of the layers after the one to be done.
        depth: price of a level of the deepest qubit.
        spread: price of a level of any qubit.
        holes: price of a vertex of a Steiner tree that its string does not have.
        urgency: how fast the weight of the layer to be done grows.
    """

    width: int
    ahead: tuple[float, ...] = (0.2,)
    depth: float = 1.0
    spread: float = 0.1
    holes: float = 0.7
    urgency: float = 2.0
    slack: int = 3
    gate: float = 0.5
    settle: float = 1.0


@dataclass(frozen=True)
class _Frames:
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

    def chosen(self, index: Ints) -> _Frames:
        return _Frames(*(getattr(self, field.name)[index] for field in fields(self)))


def _joined(parts: Sequence[_Frames]) -> _Frames:
    names = [field.name for field in fields(_Frames)]
    return _Frames(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


@dataclass(frozen=True, slots=True)
class Found:
    """The moves of the best circuit, or None; its two-qubit depth; the words of bits looked at."""

    moves: tuple[Move, ...] | None
    depth: int
    effort: int


def search(
    graph: Graph, letters: tuple[Letters, ...], strings: Strings, settings: Settings, limit: int
) -> Found:
    """Searches for moves after which every string has been on one vertex in its turn.

    Args:
        graph: connected, with at least one coupler.
        letters: the moves that may be used on every coupler.
        strings: on the vertices of the graph.
        settings: what is weighed.
        limit: words of bits that may be looked at.
    """
    return _Search(graph, letters, strings, settings, limit).run()


class _Search:
    """One search, with the moves that led to every frame so far."""

    def __init__(
        self,
        graph: Graph,
        letters: tuple[Letters, ...],
        strings: Strings,
        settings: Settings,
        limit: int,
    ) -> None:
        self.size, self.letters, self.strings = graph.size, letters, strings
        self.settings, self.limit, self.effort = settings, limit, 0
        self.cuts = cuts(graph)
        self.salt = _salt(graph.size)
        self.parents: list[int] = [-1]
        self.moves: list[Move | None] = [None]

    def run(self) -> Found:
        frames = self._start()
        for layer in range(len(self.strings.layers)):
            found = self._layer(frames, layer)
            if found is None:
                return Found(None, 0, self.effort)
            frames = found
        return Found(self._history(frames), int(frames.level[0].max()), self.effort)

    def _start(self) -> _Frames:
        x, z, words = self.strings.x[None], self.strings.z[None], len(self.strings.members)
        none = np.zeros(1, dtype=np.int64)
        done, level = np.zeros((1, words), dtype=np.uint64), np.zeros((1, self.size), dtype=np.int64)
        return _Frames(x, z, done, level, none, none)

    def _history(self, frames: _Frames) -> tuple[Move, ...]:
        """The moves that led to the first frame."""
        node, moves = int(frames.trail[0]), []
        while (move := self.moves[node]) is not None:
            moves.append(move)
            node = self.parents[node]
        return tuple(moves[::-1])

    def _layer(self, frames: _Frames, layer: int) -> _Frames | None:
        """The best frames in which all of a layer is done; None if there is none."""
        words = self.strings.layers[layer]
        finished: list[_Frames] = []
        since = 0
        for generation in range(_PATIENCE * self.size):
            _mark(frames, words)
            ready = (frames.done[:, words] == self.strings.members[words]).all(axis=1)
            if ready.any():
                finished.append(frames.chosen(np.flatnonzero(ready)))
                frames = frames.chosen(np.flatnonzero(~ready))
            since += bool(finished)
            over = since > self.settings.slack or (finished and not generation)
            if over or not len(frames.trail) or self.effort > self.limit:
                break
            frames = self._next(frames, layer, generation)
        return self._best(_joined(finished), layer) if finished else None

    def _window(self, layer: int, generation: int) -> tuple[Ints, Floats]:
        """The words of the layers in view, and the weight of each."""
        late = max(0.0, generation / self.size - 1)
        weights = (1 + self.settings.urgency * late, *self.settings.ahead)
        view = self.strings.layers[layer : layer + len(weights)]
        words = np.concatenate([np.arange(w.start, w.stop) for w in view])
        weight = [np.full(w.stop - w.start, value) for w, value in zip(view, weights, strict=False)]
        return words, np.concatenate(weight)

    def _next(self, frames: _Frames, layer: int, generation: int) -> _Frames:
        """The best frames that are one move further."""
        words, weights = self._window(layer, generation)
        left = ~frames.done[:, None, words]
        x, z = frames.x[:, :, words] & left, frames.z[:, :, words] & left
        front = len(range(*self.strings.layers[layer].indices(len(self.strings.members))))
        support = np.bitwise_or.reduce((x | z)[:, :, :front], axis=(0, 2))
        near = self.cuts.around(support != 0)
        self.effort += _OVERHEAD + len(x) * len(words) * len(near.a) * len(self.letters) * near.count
        s, level = self.settings, frames.level
        ends = np.maximum(level[:, near.a], level[:, near.b]) + 1
        top = np.maximum(level.max(axis=1, keepdims=True), ends)
        spread = level.sum(axis=1, keepdims=True) + 2 * ends - level[:, near.a] - level[:, near.b]
        length = _lengths(x, z, near, self.letters, s.holes) @ weights
        scores = length + (s.depth * top + s.spread * spread)[:, :, None]
        order = np.argsort(scores.ravel(), kind="stable")[: 4 * s.width]
        parent, edge, kind = np.unravel_index(order, scores.shape)
        fresh = self._distinct(x[parent], z[parent], near.a[edge], near.b[edge], kind)
        return self._children(
            frames, parent[fresh], near.a[edge[fresh]], near.b[edge[fresh]], kind[fresh]
        )

    def _distinct(self, x: Bits, z: Bits, a: Ints, b: Ints, kind: Ints) -> Ints:
        """The first frames of those that will be equal, no more than are kept."""
        self._move(x, z, a, b, kind)
        keys = x * self.salt[0, :, None] ^ z * self.salt[1, :, None]
        keys = (keys ^ keys >> np.uint64(29)) * self.salt[2, :, None]
        keys = (keys ^ keys >> np.uint64(32)).sum(axis=1)
        keys = (keys * np.arange(1, 2 * keys.shape[1], 2, dtype=np.uint64)).sum(axis=1)
        _, first = np.unique(keys, return_index=True)
        return np.sort(first)[: self.settings.width]

    def _move(self, x: Bits, z: Bits, a: Ints, b: Ints, kind: Ints) -> None:
        for k, (s, t) in enumerate(self.letters):
            row = np.flatnonzero(kind == k)
            i, j = a[row], b[row]
            xa, za, xb, zb = x[row, i], z[row, i], x[row, j], z[row, j]
            x[row, i], z[row, i] = multiplied(xa, za, s, anticommuting(xb, zb, t))
            x[row, j], z[row, j] = multiplied(xb, zb, t, anticommuting(xa, za, s))

    def _children(self, frames: _Frames, parent: Ints, a: Ints, b: Ints, kind: Ints) -> _Frames:
        x, z, level = frames.x[parent], frames.z[parent], frames.level[parent]
        self._move(x, z, a, b, kind)
        row = np.arange(len(parent))
        level[row, a] = level[row, b] = np.maximum(level[row, a], level[row, b]) + 1
        trail = row + len(self.parents)
        self.parents.extend(frames.trail[parent].tolist())
        self.moves.extend(
            (i, j, self.letters[k])
            for i, j, k in zip(a.tolist(), b.tolist(), kind.tolist(), strict=True)
        )
        return _Frames(x, z, frames.done[parent], level, frames.gates[parent] + 1, trail)

    def _best(self, frames: _Frames, layer: int) -> _Frames:
        s = self.settings
        price = s.gate * frames.gates + s.depth * frames.level.max(axis=1)
        if layer + 1 < len(self.strings.layers):
            words = self.strings.layers[layer + 1]
            here = _length(frames.x[:, :, words] | frames.z[:, :, words], self.cuts, s.holes)
            price = price + s.settle * here + s.spread * frames.level.sum(axis=1)
        return frames.chosen(np.argsort(price, kind="stable")[: s.width])


def _mark(frames: _Frames, words: slice) -> None:
    """Notes which strings are on one vertex."""
    support = frames.x[:, :, words] | frames.z[:, :, words]
    before = np.bitwise_or.accumulate(support, axis=1)
    twice = np.bitwise_or.reduce(support[:, 1:] & before[:, :-1], axis=1)
    frames.done[:, words] |= before[:, -1] & ~twice


def _length(support: Bits, cuts: Cuts, holes: float) -> Floats:
    """(frames,): the summed length of strings."""
    once, _, _ = _counts(support, cuts.sides)
    straddled = np.bitwise_count(once[:, ::2] & once[:, 1::2]).sum(axis=(1, 2), dtype=np.int64)
    count = np.bitwise_count(support).sum(axis=(1, 2), dtype=np.int64)
    return (1 + holes) * cuts.scale * straddled - holes * count


def _lengths(
    x: Bits, z: Bits, cuts: Cuts, letters: tuple[Letters, ...], holes: float
) -> Floats:
    """(frames, couplers, kinds, words): the summed length of the strings after each move."""
    xa, za, xb, zb = x[:, cuts.a], z[:, cuts.a], x[:, cuts.b], z[:, cuts.b]
    after = [
        (
            multiplied(xa, za, s, anticommuting(xb, zb, t)),
            multiplied(xb, zb, t, anticommuting(xa, za, s)),
        )
        for s, t in letters
    ]
    at_a = np.stack([here[0] | here[1] for here, _ in after], axis=2)
    at_b = np.stack([here[0] | here[1] for _, here in after], axis=2)
    was_a, was_b, support = xa | za, xb | zb, x | z
    straddled = _straddled(at_a, at_b, was_a, was_b, support, cuts)
    count = np.bitwise_count(at_a).astype(np.int64) + np.bitwise_count(at_b)
    count -= (np.bitwise_count(was_a).astype(np.int64) + np.bitwise_count(was_b))[:, :, None]
    count += np.bitwise_count(support).sum(axis=1, dtype=np.int64)[:, None, None]
    return (1 + holes) * cuts.scale * straddled - holes * count


def _straddled(
    at_a: Bits, at_b: Bits, was_a: Bits, was_b: Bits, support: Bits, cuts: Cuts
) -> Ints:
    """(frames, couplers, kinds, words): how often strings lie on both sides of a cut."""
    once, twice, thrice = _counts(support, cuts.sides)
    # A side that holds both ends of a coupler: what is on it apart from them.
    edge, side = cuts.whole_edge, cuts.whole_side
    rest = thrice[:, side] | twice[:, side] & ~(was_a & was_b)[:, edge]
    rest |= once[:, side] & ~(was_a | was_b)[:, edge]
    other = once[:, side ^ 1]
    both = (rest & other)[:, :, None] | (at_a | at_b)[:, edge] & other[:, :, None]
    total = _summed(both, edge, len(cuts.a))
    # A side that holds the first end only.
    edge, side = cuts.split_edge, cuts.split_side
    here = twice[:, side] | once[:, side] & ~was_a[:, edge]
    there = twice[:, side ^ 1] | once[:, side ^ 1] & ~was_b[:, edge]
    both = (here[:, :, None] | at_a[:, edge]) & (there[:, :, None] | at_b[:, edge])
    return total + _summed(both, edge, len(cuts.a))


def _counts(support: Bits, sides: NDArray[np.bool_]) -> tuple[Bits, Bits, Bits]:
    """(frames, sides, words): strings that are at least once, twice, three times on each side."""
    frames, size, words = support.shape
    once = np.zeros((frames, len(sides), words), dtype=np.uint64)
    twice, thrice = np.zeros_like(once), np.zeros_like(once)
    full = np.where(sides, ~np.uint64(0), np.uint64(0))
    for vertex in range(size):
        here = support[:, None, vertex] & full[None, :, vertex, None]
        thrice |= twice & here
        twice |= once & here
        once |= here
    return once, twice, thrice


def _summed(bits: Bits, index: Ints, size: int) -> Ints:
    """How many bits are set, summed over the entries of axis 1 with the same, rising, index."""
    total = np.zeros((bits.shape[0], size, *bits.shape[2:]), dtype=np.int64)
    present, starts = np.unique(index, return_index=True)
    if len(present):
        total[:, present] = np.add.reduceat(np.bitwise_count(bits), starts, axis=1, dtype=np.int64)
    return total


def _salt(vertices: int) -> Bits:
    """Odd numbers for hashing."""
    rng = np.random.default_rng(0)
    return rng.integers(1 << 63, size=(3, vertices), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
