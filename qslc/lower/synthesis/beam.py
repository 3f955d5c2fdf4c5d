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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.lower.coupling import Graph
from qslc.lower.synthesis.cuts import Cuts
from qslc.lower.synthesis.moves import Letters, Move, anticommuting, multiplied
from qslc.lower.synthesis.strings import Strings

Bits = NDArray[np.uint64]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


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
    trail: (frames,) entries of the history.
    """

    x: Bits
    z: Bits
    done: Bits
    level: Ints
    trail: Ints

    def chosen(self, index: NDArray[np.int64]) -> _Frames:
        return _Frames(
            self.x[index], self.z[index], self.done[index], self.level[index], self.trail[index]
        )


def joined(parts: Sequence[_Frames]) -> _Frames:
    return _Frames(
        np.concatenate([p.x for p in parts]),
        np.concatenate([p.z for p in parts]),
        np.concatenate([p.done for p in parts]),
        np.concatenate([p.level for p in parts]),
        np.concatenate([p.trail for p in parts]),
    )


class Beam:
    """One search: strings as bits, the couplers and moves that may be used."""

    def __init__(
        self,
        graph: Graph,
        cuts: Cuts,
        letters: tuple[Letters, ...],
        strings: Strings,
        settings: Settings,
    ) -> None:
        self.graph, self.cuts, self.letters, self.settings = graph, cuts, letters, settings
        self.strings, self.words = strings, strings.layers
        self.a, self.b = np.array(graph.edges, dtype=np.int64).T
        self.parents: list[int] = [-1]
        self.moves: list[int] = [-1]
        self.salt = _salt(graph.size)

    def run(self) -> tuple[list[Move], int, int] | None:
        """The moves of the best circuit found, its two-qubit depth and gates; None if none was."""
        frames = _Frames(
            self.strings.x[None],
            self.strings.z[None],
            np.zeros((1, len(self.strings.members)), dtype=np.uint64),
            np.zeros((1, self.graph.size), dtype=np.int64),
            np.zeros(1, dtype=np.int64),
        )
        for layer in range(len(self.words)):
            found = self._layer(frames, layer)
            if found is None:
                return None
            frames = found
        best = self._history(int(frames.trail[0]))
        return best, int(frames.level[0].max()), len(best)

    def _history(self, node: int) -> list[Move]:
        moves = []
        while node > 0:
            edge, kind = divmod(self.moves[node], len(self.letters))
            moves.append((int(self.a[edge]), int(self.b[edge]), self.letters[kind]))
            node = self.parents[node]
        return moves[::-1]

    def _layer(self, frames: _Frames, layer: int) -> _Frames | None:
        """The best frames in which all of a layer is done."""
        finished: list[_Frames] = []
        since = 0
        for generation in range(12 * self.graph.size):
            frames = self._mark(frames, layer)
            ready = (frames.done[:, self.words[layer]] == self.strings.members[self.words[layer]]).all(axis=1)
            if ready.any():
                finished.append(frames.chosen(np.flatnonzero(ready)))
                frames = frames.chosen(np.flatnonzero(~ready))
            since += bool(finished)
            if (
                not len(frames.trail)
                or since > self.settings.slack
                or (finished and not generation)
            ):
                break
            frames = self._next(frames, layer, generation)
        return self._best(finished, layer) if finished else None

    def _mark(self, frames: _Frames, layer: int) -> _Frames:
        words = self.words[layer]
        support = frames.x[:, :, words] | frames.z[:, :, words]
        before = np.bitwise_or.accumulate(support, axis=1)
        twice = np.bitwise_or.reduce(support[:, 1:] & before[:, :-1], axis=1)
        frames.done[:, words] |= before[:, -1] & ~twice
        return frames

    def _window(self, layer: int, generation: int) -> tuple[NDArray[np.int64], Floats]:
        """The words of the layers in view, and the weight of each."""
        late = max(0.0, generation / self.graph.size - 1)
        weights = (1 + self.settings.urgency * late, *self.settings.ahead)
        view = self.words[layer : layer + len(weights)]
        words = np.concatenate([np.arange(w.start, w.stop) for w in view])
        weight = [np.full(w.stop - w.start, value) for w, value in zip(view, weights, strict=False)]
        return words, np.concatenate(weight)

    def _next(self, frames: _Frames, layer: int, generation: int) -> _Frames:
        words, weights = self._window(layer, generation)
        left = ~frames.done[:, None, words]
        scores = self._scores(frames.x[:, :, words] & left, frames.z[:, :, words] & left, weights)
        s, e = self.settings, len(self.a)
        ends = np.maximum(frames.level[:, self.a], frames.level[:, self.b]) + 1
        top = np.maximum(frames.level.max(axis=1, keepdims=True), ends)
        total = 2 * ends - frames.level[:, self.a] - frames.level[:, self.b]
        total = total + frames.level.sum(axis=1, keepdims=True)
        scores += (s.depth * top + s.spread * total)[:, :, None]
        order = np.argsort(scores.ravel(), kind="stable")[: 4 * s.width]
        parent, move = np.divmod(order, e * len(self.letters))
        return self._children(frames, parent, move, words)

    def _children(
        self, frames: _Frames, parent: NDArray[np.int64], move: NDArray[np.int64], words: Ints
    ) -> _Frames:
        x, z = frames.x[parent], frames.z[parent]
        edge, kind = np.divmod(move, len(self.letters))
        a, b = self.a[edge], self.b[edge]
        for k, (s, t) in enumerate(self.letters):
            r = np.flatnonzero(kind == k)
            i, j = a[r], b[r]
            xa, za, xb, zb = x[r, i], z[r, i], x[r, j], z[r, j]
            x[r, i], z[r, i] = multiplied(xa, za, s, anticommuting(xb, zb, t))
            x[r, j], z[r, j] = multiplied(xb, zb, t, anticommuting(xa, za, s))
        keys = x[:, :, words] * self.salt[0, :, None] ^ z[:, :, words] * self.salt[1, :, None]
        keys ^= keys >> np.uint64(29)
        keys *= self.salt[2, :, None]
        keys = (keys ^ keys >> np.uint64(32)).sum(axis=1)
        keys = (keys * np.arange(1, 2 * len(words), 2, dtype=np.uint64)).sum(axis=1)
        _, first = np.unique(keys, return_index=True)
        first = np.sort(first)[: self.settings.width]
        row = np.arange(len(first))
        level = frames.level[parent[first]]
        ends = np.maximum(level[row, a[first]], level[row, b[first]]) + 1
        level[row, a[first]] = level[row, b[first]] = ends
        trail = np.arange(len(first)) + len(self.parents)
        self.parents.extend(frames.trail[parent[first]].tolist())
        self.moves.extend(move[first].tolist())
        return _Frames(x[first], z[first], frames.done[parent[first]], level, trail)

    def _scores(self, x: Bits, z: Bits, weights: Floats) -> Floats:
        """(frames, couplers, kinds): the weighted length of the strings after each move."""
        xa, za, xb, zb = x[:, self.a], z[:, self.a], x[:, self.b], z[:, self.b]
        first, second = [], []
        for s, t in self.letters:
            nxa, nza = multiplied(xa, za, s, anticommuting(xb, zb, t))
            nxb, nzb = multiplied(xb, zb, t, anticommuting(xa, za, s))
            first.append(nxa | nza)
            second.append(nxb | nzb)
        na, nb = np.stack(first, axis=2), np.stack(second, axis=2)
        sa, sb = xa | za, xb | zb
        c = self.cuts
        support = x | z
        once, twice, thrice = _counts(support, c.sides)
        # Strings on a side without the two ends of a coupler, where both ends are on that side.
        e, side = c.whole_edge, c.whole_side
        rest = (
            thrice[:, side] | twice[:, side] & ~(sa & sb)[:, e] | once[:, side] & ~(sa | sb)[:, e]
        )
        other = once[:, side ^ 1]
        rest &= other
        both = rest[:, :, None] | (na | nb)[:, e] & other[:, :, None]
        length = _summed(np.bitwise_count(both), e, len(self.a))
        e, side = c.split_edge, c.split_side
        here = twice[:, side] | once[:, side] & ~sa[:, e]
        there = twice[:, side ^ 1] | once[:, side ^ 1] & ~sb[:, e]
        both = (here[:, :, None] | na[:, e]) & (there[:, :, None] | nb[:, e])
        length += _summed(np.bitwise_count(both), e, len(self.a))
        count = np.bitwise_count(na).astype(np.int64) + np.bitwise_count(nb)
        count -= (np.bitwise_count(sa).astype(np.int64) + np.bitwise_count(sb))[:, :, None]
        count += np.bitwise_count(support).sum(axis=1, dtype=np.int64)[:, None, None]
        h = self.settings.holes
        return ((1 + h) * c.scale * length - h * count) @ weights

    def _best(self, finished: Sequence[_Frames], layer: int) -> _Frames:
        frames = joined(finished)
        s = self.settings
        gates = np.array([len(self._history(int(node))) for node in frames.trail])
        deepest = frames.level.max(axis=1)
        if layer + 1 == len(self.words):
            order = np.lexsort((gates, deepest))
        else:
            words = self.words[layer + 1]
            support = (frames.x | frames.z)[:, :, words]
            once, _, _ = _counts(support, self.cuts.sides)
            length = self.cuts.scale * np.bitwise_count(once[:, ::2] & once[:, 1::2]).sum(
                axis=(1, 2)
            )
            count = np.bitwise_count(support).sum(axis=(1, 2))
            length = (1 + s.holes) * length - s.holes * count
            scores = s.settle * length + s.depth * deepest + s.spread * frames.level.sum(axis=1)
            order = np.argsort(scores + s.gate * gates, kind="stable")
        return frames.chosen(order[: s.width])


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


def _summed(values: Floats, index: Ints, size: int) -> Floats:
    """Sums over the entries of axis 1 with the same index; the indices are sorted."""
    starts = np.searchsorted(index, np.arange(size))
    return np.add.reduceat(values, starts, axis=1, dtype=np.int64)


def _salt(vertices: int) -> Bits:
    rng = np.random.default_rng(0)
    return rng.integers(1 << 63, size=(3, vertices), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
