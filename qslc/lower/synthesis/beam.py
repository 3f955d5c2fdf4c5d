"""Search for gates that make every rotation of a form a one-qubit rotation in its turn.

When to use it: for programs that do not fit on a device as they are, and to find shorter ones.

Method: a beam search. A state is a frame: where each Pauli string of the program has been taken by
the gates so far. A move is one two-qubit Clifford gate on a coupler; a rotation is done, for
nothing, as soon as its string is on one qubit. Layer by layer the best frames are kept by

    length of the strings that are still to be done          (of the next layers with less weight)
    + price * level of the deepest qubit + price * sum of the levels of all qubits,

where the length of a string is about the number of gates that would gather it on one qubit alone:
each edge of its Steiner tree once, and once more where the tree has a vertex that the string has
not. All frames of a generation have the same number of gates. Where a logical qubit is at the end
of a layer is free: relabeling costs nothing, and there are no SWAPs, only frames.

The idea of reducing the lengths of rows greedily is that of Goubault de Brugiere et al., "Gaussian
elimination versus greedy methods for the synthesis of linear reversible circuits" (2021), for
whole programs as in their "Faster and shorter synthesis of Hamiltonian simulation circuits" (2024).

Failure modes: the search ends without a circuit when its effort is spent, or when a layer takes too
many generations. Layers are done in order, and nothing is proved optimal.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.cuts import find_cuts
from qslc.lower.synthesis.frames import (
    Frames,
    Ints,
    Strings,
    concatenate,
    draw_salt,
    hash_strings,
    start_frames,
)
from qslc.lower.synthesis.lengths import lengths_after, lengths_after_cnots, total_length
from qslc.lower.synthesis.moves import (
    CNOTS,
    EVERY,
    Bits,
    Letters,
    Move,
    find_anticommuting,
    multiply,
)
from qslc.lower.synthesis.settings import Settings

Floats: TypeAlias = NDArray[np.float64]

_PATIENCE = 6
"""Generations per vertex after which a layer is given up."""

_OVERHEAD = 10_000
"""Effort of a generation in any case, in words of bits."""


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The best circuit of a search.

    Args:
        moves: Moves of the circuit, or None if none was found.
        depth: Two-qubit depth of the circuit.
        effort: Words of bits that the search has looked at.
        generations: Generations that it took.
    """

    moves: tuple[Move, ...] | None
    depth: int
    effort: int
    generations: int


def search(
    graph: Graph,
    letters: tuple[Letters, ...],
    strings: Strings,
    settings: Settings,
    limit: int,
    most: float = math.inf,
) -> SearchResult:
    """Search for moves after which every string has been on one vertex in its turn.

    Args:
        graph: Connected graph with at least one coupler.
        letters: Moves that may be used on every coupler.
        strings: Strings on the vertices of the graph.
        settings: What is weighed.
        limit: Words of bits that may be looked at.
        most: Generations that the search may take.
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
        self.effort = self.generations = 0
        self.cuts = find_cuts(graph)
        self.salt = draw_salt(graph.size)
        self.parents: list[int] = [-1]
        self.moves: list[Move | None] = [None]

    def run(self) -> SearchResult:
        frames = start_frames(self.strings)
        for layer in range(len(self.strings.layers) - 1):
            found = self._do_layer(frames, layer)
            if found is None:
                return SearchResult(None, 0, self.effort, self.generations)
            frames = found
        depth = int(frames.level[0].max())
        return SearchResult(self._history(frames), depth, self.effort, self.generations)

    def _history(self, frames: Frames) -> tuple[Move, ...]:
        """Return the moves that led to the first frame."""
        node, moves = int(frames.trail[0]), []
        while (move := self.moves[node]) is not None:
            moves.append(move)
            node = self.parents[node]
        return tuple(moves[::-1])

    def _do_layer(self, frames: Frames, layer: int) -> Frames | None:
        """Return the best frames in which all of a layer is done, or None if there is none."""
        words = self.strings.layers[layer]
        finished: list[Frames] = []
        since = 0
        for generation in range(_PATIENCE * self.size):
            frames.mark_done(words)
            ready = ~frames.find_left(words, self.strings.members).any(axis=1)
            if ready.any():
                finished.append(frames.take(np.flatnonzero(ready)))
                frames = frames.take(np.flatnonzero(~ready))
            since += bool(finished)
            over = since > self.settings.slack or (finished and not generation)
            spent = self.effort > self.limit or self.generations > self.most
            if over or not len(frames.trail) or spent:
                break
            frames = self._advance(frames, layer, generation)
        return self._keep_best(concatenate(finished), layer) if finished else None

    def _make_view(self, frames: Frames, layer: int, generation: int) -> tuple[Bits, Bits, Floats]:
        """Return what is left of the layers in view, and a weight per word.

        A layer that takes long has one of its strings in view twice, with a growing weight, so
        that at last the strings are gathered one by one. The bits have the shape (frames,
        vertices, words).
        """
        words, late = self.strings.layers[layer], self._lateness(generation)
        index, weights = self._find_words_in_view(layer, late)
        mask = frames.find_left(words, self.strings.members)
        if late:
            mask = np.concatenate([mask, mask & (~mask + np.uint64(1))], axis=1)
        x, z = frames.x[:, :, index], frames.z[:, :, index]
        x[:, :, : mask.shape[1]] &= mask[:, None]
        z[:, :, : mask.shape[1]] &= mask[:, None]
        return x, z, weights

    def _find_words_in_view(self, layer: int, late: float) -> tuple[Ints, Floats]:
        """Return the words of the layers in view, and their weights."""
        s, words = self.settings, self.strings.layers[layer]
        ahead = self._layers_ahead(layer)[: len(s.ahead)]
        seen = [(words, 1.0), (words, s.urgency * late), *zip(ahead, s.ahead, strict=False)]
        seen = [each for each in seen if each[1]]
        index = np.concatenate([_range(where) for where, _ in seen])
        return index, np.repeat([w for _, w in seen], [len(_range(where)) for where, _ in seen])

    def _layers_ahead(self, layer: int) -> tuple[slice, ...]:
        """Return the words of the layers after one, and of the observables if moves can harm them.

        Gates without a Hadamard take strings of Z to strings of Z.
        """
        stop = None if self.letters == EVERY else -1
        return self.strings.layers[layer + 1 : stop]

    def _lateness(self, generation: int) -> float:
        return max(0.0, generation / self.size - self.settings.patience)

    def _advance(self, frames: Frames, layer: int, generation: int) -> Frames:
        """Return the best frames that are one move further."""
        s, level = self.settings, frames.level
        self.generations += 1
        x, z, weights = self._make_view(frames, layer, generation)
        words = self.strings.layers[layer]
        front = (x | z)[:, :, : words.stop - words.start]
        near = self.cuts.near(np.bitwise_or.reduce(front, axis=(0, 2)) != 0)
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
        pressing = s.urgency * self._lateness(generation)
        price = (s.depth * top + s.spread * spread) / (1 + pressing)
        # Else frames that leave a short string undone before a long one would seem better.
        left = np.bitwise_count(frames.find_left(words, self.strings.members)).sum(axis=1)
        price += pressing * self.size / 2 * left[:, None]
        scores = length + price[:, :, None]
        order = np.argsort(scores.ravel(), kind="stable")[: 4 * s.width]
        parent, edge, kind = np.unravel_index(order, scores.shape)
        fresh = self._find_distinct(x[parent], z[parent], near.a[edge], near.b[edge], kind)
        return self._make_children(
            frames, parent[fresh], near.a[edge[fresh]], near.b[edge[fresh]], kind[fresh]
        )

    def _find_distinct(self, x: Bits, z: Bits, a: Ints, b: Ints, kind: Ints) -> Ints:
        """Return the first of the frames that will be equal, no more than are kept."""
        self._apply(x, z, a, b, kind)
        _, first = np.unique(hash_strings(x, z, self.salt), return_index=True)
        return np.sort(first)[: self.settings.width]

    def _apply(self, x: Bits, z: Bits, a: Ints, b: Ints, kind: Ints) -> None:
        for k, (s, t) in enumerate(self.letters):
            row = np.flatnonzero(kind == k)
            i, j = a[row], b[row]
            xa, za, xb, zb = x[row, i], z[row, i], x[row, j], z[row, j]
            x[row, i], z[row, i] = multiply(xa, za, s, find_anticommuting(xb, zb, t))
            x[row, j], z[row, j] = multiply(xb, zb, t, find_anticommuting(xa, za, s))

    def _make_children(self, frames: Frames, parent: Ints, a: Ints, b: Ints, kind: Ints) -> Frames:
        x, z, level = frames.x[parent], frames.z[parent], frames.level[parent]
        self._apply(x, z, a, b, kind)
        row = np.arange(len(parent))
        level[row, a] = level[row, b] = np.maximum(level[row, a], level[row, b]) + 1
        trail = row + len(self.parents)
        self.parents.extend(frames.trail[parent].tolist())
        self.moves.extend(
            (i, j, self.letters[k])
            for i, j, k in zip(a.tolist(), b.tolist(), kind.tolist(), strict=True)
        )
        return Frames(x, z, frames.done[parent], level, frames.gates[parent] + 1, trail)

    def _keep_best(self, frames: Frames, layer: int) -> Frames:
        s = self.settings
        price = s.gate * frames.gates + s.depth * frames.level.max(axis=1)
        if ahead := self._layers_ahead(layer):
            words = ahead[0]
            x, z = frames.x[:, :, words], frames.z[:, :, words]
            support = np.concatenate([x, z], axis=-1) if self.letters == CNOTS else x | z
            here = total_length(support, self.cuts, s.measure)
            price = price + s.settle * here.sum(axis=1) + s.spread * frames.level.sum(axis=1)
        return frames.take(np.argsort(price, kind="stable")[: s.width])


def _range(words: slice) -> Ints:
    return np.arange(words.start, words.stop)
