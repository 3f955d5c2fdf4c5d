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

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.cuts import cuts
from qslc.lower.synthesis.frames import Bits, Frames, Ints, hashed, joined, salted
from qslc.lower.synthesis.lengths import lengths_after, lengths_after_cnots, total_length
from qslc.lower.synthesis.moves import CNOTS, EVERY, Letters, Move, anticommuting, multiplied
from qslc.lower.synthesis.settings import Settings
from qslc.lower.synthesis.strings import Strings

Floats = NDArray[np.float64]

_PATIENCE = 6
"""Generations per vertex after which a layer is given up."""

_OVERHEAD = 10_000
"""What a generation costs in any case, in words."""


@dataclass(frozen=True, slots=True)
class Found:
    """The moves of the best circuit, or None; its two-qubit depth; the words of bits looked at, and
    the generations that it took.
    """

    moves: tuple[Move, ...] | None
    depth: int
    effort: int
    steps: int


def search(
    graph: Graph,
    letters: tuple[Letters, ...],
    strings: Strings,
    settings: Settings,
    limit: int,
    most: float = math.inf,
) -> Found:
    """Searches for moves after which every string has been on one vertex in its turn.

    Args:
        graph: connected, with at least one coupler.
        letters: the moves that may be used on every coupler.
        strings: on the vertices of the graph.
        settings: what is weighed.
        limit: words of bits that may be looked at.
        most: generations that it may take.
    """
    return _Search(graph, letters, strings, settings, limit, most).run()


class _Search:
    """One search, with the moves that led to every frame so far."""

    def __init__(
        self,
        graph: Graph,
        letters: tuple[Letters, ...],
        strings: Strings,
        settings: Settings,
        limit: int,
        most: float,
    ) -> None:
        self.size, self.letters, self.strings = graph.size, letters, strings
        self.settings, self.limit, self.most = settings, limit, most
        self.effort = self.steps = 0
        self.cuts = cuts(graph)
        self.salt = salted(graph.size)
        self.parents: list[int] = [-1]
        self.moves: list[Move | None] = [None]

    def run(self) -> Found:
        frames = self._start()
        for layer in range(len(self.strings.layers) - 1):
            found = self._layer(frames, layer)
            if found is None:
                return Found(None, 0, self.effort, self.steps)
            frames = found
        depth = int(frames.level[0].max())
        return Found(self._history(frames), depth, self.effort, self.steps)

    def _start(self) -> Frames:
        x, z, words = self.strings.x[None], self.strings.z[None], len(self.strings.members)
        none = np.zeros(1, dtype=np.int64)
        done, level = (
            np.zeros((1, words), dtype=np.uint64),
            np.zeros((1, self.size), dtype=np.int64),
        )
        return Frames(x, z, done, level, none, none)

    def _history(self, frames: Frames) -> tuple[Move, ...]:
        """The moves that led to the first frame."""
        node, moves = int(frames.trail[0]), []
        while (move := self.moves[node]) is not None:
            moves.append(move)
            node = self.parents[node]
        return tuple(moves[::-1])

    def _layer(self, frames: Frames, layer: int) -> Frames | None:
        """The best frames in which all of a layer is done; None if there is none."""
        words = self.strings.layers[layer]
        finished: list[Frames] = []
        since = 0
        for generation in range(_PATIENCE * self.size):
            frames.mark(words)
            ready = ~frames.left(words, self.strings.members).any(axis=1)
            if ready.any():
                finished.append(frames.chosen(np.flatnonzero(ready)))
                frames = frames.chosen(np.flatnonzero(~ready))
            since += bool(finished)
            over = since > self.settings.slack or (finished and not generation)
            spent = self.effort > self.limit or self.steps > self.most
            if over or not len(frames.trail) or spent:
                break
            frames = self._next(frames, layer, generation)
        return self._best(joined(finished), layer) if finished else None

    def _view(self, frames: Frames, layer: int, generation: int) -> tuple[Bits, Bits, Floats]:
        """What is left of the layers in view, (frames, vertices, words), and a weight per word.

        A layer that takes long has one of its strings in view twice, with a growing weight, so
        that at last the strings are gathered one by one.
        """
        words, late = self.strings.layers[layer], self._late(generation)
        index, weights = self._seen(layer, late)
        mask = frames.left(words, self.strings.members)
        if late:
            mask = np.concatenate([mask, mask & (~mask + np.uint64(1))], axis=1)
        x, z = frames.x[:, :, index], frames.z[:, :, index]
        x[:, :, : mask.shape[1]] &= mask[:, None]
        z[:, :, : mask.shape[1]] &= mask[:, None]
        return x, z, weights

    def _seen(self, layer: int, late: float) -> tuple[Ints, Floats]:
        """The words of the layers in view, and their weights."""
        s, words = self.settings, self.strings.layers[layer]
        ahead = self._ahead(layer)[: len(s.ahead)]
        seen = [(words, 1.0), (words, s.urgency * late), *zip(ahead, s.ahead, strict=False)]
        seen = [each for each in seen if each[1]]
        index = np.concatenate([_range(where) for where, _ in seen])
        return index, np.repeat([w for _, w in seen], [len(_range(where)) for where, _ in seen])

    def _ahead(self, layer: int) -> tuple[slice, ...]:
        """The words of the layers after one, and of the observables if these can be spoilt.

        Gates without a Hadamard take strings of Z to strings of Z.
        """
        stop = None if self.letters == EVERY else -1
        return self.strings.layers[layer + 1 : stop]

    def _late(self, generation: int) -> float:
        return max(0.0, generation / self.size - self.settings.patience)

    def _next(self, frames: Frames, layer: int, generation: int) -> Frames:
        """The best frames that are one move further."""
        s, level = self.settings, frames.level
        self.steps += 1
        x, z, weights = self._view(frames, layer, generation)
        words = self.strings.layers[layer]
        front = (x | z)[:, :, : words.stop - words.start]
        near = self.cuts.around(np.bitwise_or.reduce(front, axis=(0, 2)) != 0)
        self.effort += _OVERHEAD + x.shape[0] * len(weights) * (
            len(near.a) * (len(near.side_of) + 1)
        ) * len(self.letters)
        at_a, at_b = level[:, near.a], level[:, near.b]
        ends = np.maximum(at_a, at_b) + 1
        top = np.maximum(level.max(axis=1, keepdims=True), ends)
        spread = level.sum(axis=1, keepdims=True) + 2 * ends - at_a - at_b
        if self.letters == CNOTS:
            length = lengths_after_cnots(x, z, near, s.measure) @ weights
        else:
            length = lengths_after(x, z, near, self.letters, s.measure) @ weights
        pressing = s.urgency * self._late(generation)
        price = (s.depth * top + s.spread * spread) / (1 + pressing)
        # Or frames would seem the better that leave a short string undone before a long one.
        left = np.bitwise_count(frames.left(words, self.strings.members)).sum(axis=1)
        price += pressing * self.size / 2 * left[:, None]
        scores = length + price[:, :, None]
        order = np.argsort(scores.ravel(), kind="stable")[: 4 * s.width]
        parent, edge, kind = np.unravel_index(order, scores.shape)
        fresh = self._distinct(x[parent], z[parent], near.a[edge], near.b[edge], kind)
        return self._children(
            frames, parent[fresh], near.a[edge[fresh]], near.b[edge[fresh]], kind[fresh]
        )

    def _distinct(self, x: Bits, z: Bits, a: Ints, b: Ints, kind: Ints) -> Ints:
        """The first frames of those that will be equal, no more than are kept."""
        self._move(x, z, a, b, kind)
        _, first = np.unique(hashed(x, z, self.salt), return_index=True)
        return np.sort(first)[: self.settings.width]

    def _move(self, x: Bits, z: Bits, a: Ints, b: Ints, kind: Ints) -> None:
        for k, (s, t) in enumerate(self.letters):
            row = np.flatnonzero(kind == k)
            i, j = a[row], b[row]
            xa, za, xb, zb = x[row, i], z[row, i], x[row, j], z[row, j]
            x[row, i], z[row, i] = multiplied(xa, za, s, anticommuting(xb, zb, t))
            x[row, j], z[row, j] = multiplied(xb, zb, t, anticommuting(xa, za, s))

    def _children(self, frames: Frames, parent: Ints, a: Ints, b: Ints, kind: Ints) -> Frames:
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
        return Frames(x, z, frames.done[parent], level, frames.gates[parent] + 1, trail)

    def _best(self, frames: Frames, layer: int) -> Frames:
        s = self.settings
        price = s.gate * frames.gates + s.depth * frames.level.max(axis=1)
        if ahead := self._ahead(layer):
            words = ahead[0]
            x, z = frames.x[:, :, words], frames.z[:, :, words]
            support = np.concatenate([x, z], axis=-1) if self.letters == CNOTS else x | z
            here = total_length(support, self.cuts, s.measure)
            price = price + s.settle * here.sum(axis=1) + s.spread * frames.level.sum(axis=1)
        return frames.chosen(np.argsort(price, kind="stable")[: s.width])


def _range(words: slice) -> Ints:
    return np.arange(words.start, words.stop)
