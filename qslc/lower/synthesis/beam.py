"""Search for gates that make every rotation of a form a one-qubit rotation in its turn.

A beam search over frames (where gates have taken each Pauli string), layer by layer, that keeps
those with the shortest strings and the lowest levels. Reducing the lengths of rows greedily is the
idea of Goubault de Brugiere et al., "Gaussian elimination versus greedy methods for the synthesis
of linear reversible circuits" (2021), for whole programs as in their "Faster and shorter synthesis
of Hamiltonian simulation circuits" (2024). Nothing is proved optimal; see docs/optimizer.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.cuts import Ints, find_cuts
from qslc.lower.synthesis.frames import (
    Frames,
    Strings,
    concatenate,
    draw_salt,
    hash_strings,
    start_frames,
)
from qslc.lower.synthesis.lengths import (
    Floats,
    Measure,
    compute_length,
    compute_lengths_after,
    compute_lengths_after_cnots,
)
from qslc.lower.synthesis.moves import (
    CNOTS,
    EVERY,
    Bits,
    Letters,
    Move,
    find_anticommuting,
    multiply,
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a search. Prices are in two-qubit gates, the unit of the length of strings.

    Args:
        width: Frames that are kept in each generation.
        ahead: Weights of the lengths of the layers after the one to be done.
        depth: Price of a level of the deepest qubit.
        spread: Price of a level of any qubit.
        measure: Measure of the length of strings.
        patience: Generations per vertex after which the strings of a layer are gathered singly.
        urgency: How fast the weight of such a string grows, per generation and vertex.
        slack: Generations for which a layer that some frame has done is searched on.
        gate: Price of a gate where the best frames of a layer are chosen.
        settle: Price there of the length of the next layer.
    """

    width: int
    ahead: tuple[float, ...] = (0.1,)
    depth: float = 1.0
    spread: float = 0.1
    measure: Measure = field(default_factory=Measure)
    patience: float = 2.0
    urgency: float = 2.0
    slack: int = 3
    gate: float = 0.5
    settle: float = 1.0


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
    prices: Floats | None = None,
) -> SearchResult:
    """Search for moves after which every string has been on one vertex in its turn.

    There are none if the effort is spent before, or a layer takes too many generations.

    Args:
        graph: Connected graph with at least one coupler.
        letters: Moves that may be used on every coupler.
        strings: Strings on the vertices of the graph.
        settings: What is weighed.
        limit: Words of bits that may be looked at.
        most: Generations that the search may take.
        prices: What a gate on each pair of vertices costs beside another, in two-qubit gates,
            shape (vertices, vertices); None where all cost the same.
    """
    if prices is None:
        prices = np.zeros((graph.size, graph.size))
    run = _Search(graph, letters, strings, settings, limit, most, prices)
    frames = start_frames(strings)
    for layer in range(len(strings.layers) - 1):
        found = run.do_layer(frames, layer)
        if found is None:
            return SearchResult(None, 0, run.effort, run.generations)
        frames = found
    moves, depth = run.list_moves(int(frames.trail[0])), int(frames.level[0].max())
    return SearchResult(moves, depth, run.effort, run.generations)


@dataclass
class _Search:
    """One search, with the moves that led to every frame so far."""

    graph: Graph
    letters: tuple[Letters, ...]
    strings: Strings
    settings: Settings
    limit: int
    most: float
    prices: Floats
    effort: int = 0
    generations: int = 0
    parents: list[int] = field(default_factory=lambda: [-1])
    moves: list[Move | None] = field(default_factory=lambda: [None])

    def __post_init__(self) -> None:
        self.cuts, self.salt = find_cuts(self.graph), draw_salt(self.graph.size)

    def list_moves(self, node: int) -> tuple[Move, ...]:
        """Return the moves that led to an entry of the history."""
        moves = []
        while (move := self.moves[node]) is not None:
            moves.append(move)
            node = self.parents[node]
        return tuple(moves[::-1])

    def do_layer(self, frames: Frames, layer: int) -> Frames | None:
        """Return the best frames in which all of a layer is done, or None if there is none."""
        words = self.strings.layers[layer]
        finished: list[Frames] = []
        since = 0
        for generation in range(_PATIENCE * self.graph.size):
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
        """Return the bits that are left of the layers in view, and a weight per word."""
        words, late = self.strings.layers[layer], self._find_lateness(generation)
        index, weights = self._find_words_in_view(layer, late)
        mask = frames.find_left(words, self.strings.members)
        if late:
            # One string is in view twice, with a growing weight: at last they are gathered singly.
            mask = np.concatenate([mask, mask & (~mask + np.uint64(1))], axis=1)
        x, z = frames.x[:, :, index], frames.z[:, :, index]
        x[:, :, : mask.shape[1]] &= mask[:, None]
        z[:, :, : mask.shape[1]] &= mask[:, None]
        return x, z, weights

    def _find_words_in_view(self, layer: int, late: float) -> tuple[Ints, Floats]:
        """Return the words of the layers in view, and their weights."""
        s, words = self.settings, self.strings.layers[layer]
        ahead = self._find_layers_ahead(layer)[: len(s.ahead)]
        seen = [(words, 1.0), (words, s.urgency * late), *zip(ahead, s.ahead, strict=False)]
        parts, weights = zip(*(each for each in seen if each[1]), strict=True)
        return np.r_[parts], np.repeat(weights, [part.stop - part.start for part in parts])

    def _find_layers_ahead(self, layer: int) -> tuple[slice, ...]:
        """Return the words of the layers after one, and of observables that moves can harm."""
        # Gates without a Hadamard take strings of Z to strings of Z.
        stop = None if self.letters == EVERY else -1
        return self.strings.layers[layer + 1 : stop]

    def _find_lateness(self, generation: int) -> float:
        return max(0.0, generation / self.graph.size - self.settings.patience)

    def _advance(self, frames: Frames, layer: int, generation: int) -> Frames:
        """Return the best frames that are one move further."""
        s, level = self.settings, frames.level
        self.generations += 1
        x, z, weights = self._make_view(frames, layer, generation)
        words = self.strings.layers[layer]
        front = (x | z)[:, :, : words.stop - words.start]
        near = self.cuts.select_near(np.bitwise_or.reduce(front, axis=(0, 2)) != 0)
        self.effort += _OVERHEAD + x.shape[0] * len(weights) * (
            len(near.a) * (len(near.side_of) + 1)
        ) * len(self.letters)
        at_a, at_b = level[:, near.a], level[:, near.b]
        ends = np.maximum(at_a, at_b) + 1
        top = np.maximum(level.max(axis=1, keepdims=True), ends)
        spread = level.sum(axis=1, keepdims=True) + 2 * ends - at_a - at_b
        if self.letters == CNOTS:
            length = compute_lengths_after_cnots(x, z, near, s.measure) @ weights
        else:
            length = compute_lengths_after(x, z, near, self.letters, s.measure) @ weights
        pressing = s.urgency * self._find_lateness(generation)
        price = (s.depth * top + s.spread * spread) / (1 + pressing)
        price += frames.extra[:, None] + self.prices[near.a, near.b]
        # Else frames that leave a short string undone before a long one would seem better.
        left = np.bitwise_count(frames.find_left(words, self.strings.members)).sum(axis=1)
        price += pressing * self.graph.size / 2 * left[:, None]
        scores = length + price[:, :, None]
        order = np.argsort(scores.ravel(), kind="stable")[: 4 * s.width]
        parent, edge, kind = np.unravel_index(order, scores.shape)
        steps = np.stack([parent, near.a[edge], near.b[edge], kind])
        x, z = x[parent], z[parent]
        self._apply(x, z, steps)
        _, first = np.unique(hash_strings(x, z, self.salt), return_index=True)
        return self._make_children(frames, steps[:, np.sort(first)[: s.width]])

    def _apply(self, x: Bits, z: Bits, steps: Ints) -> None:
        """Move the strings of each frame; steps hold a parent, two vertices and a kind each."""
        for k, (s, t) in enumerate(self.letters):
            row = np.flatnonzero(steps[3] == k)
            i, j = steps[1:3, row]
            xa, za, xb, zb = x[row, i], z[row, i], x[row, j], z[row, j]
            x[row, i], z[row, i] = multiply(xa, za, s, find_anticommuting(xb, zb, t))
            x[row, j], z[row, j] = multiply(xb, zb, t, find_anticommuting(xa, za, s))

    def _make_children(self, frames: Frames, steps: Ints) -> Frames:
        parent, a, b, _ = steps
        x, z, level = frames.x[parent], frames.z[parent], frames.level[parent]
        self._apply(x, z, steps)
        row = np.arange(len(parent))
        level[row, a] = level[row, b] = np.maximum(level[row, a], level[row, b]) + 1
        trail = row + len(self.parents)
        self.parents.extend(frames.trail[parent].tolist())
        self.moves.extend((i, j, self.letters[k]) for i, j, k in steps[1:].T.tolist())
        gates, extra = frames.gates[parent] + 1, frames.extra[parent] + self.prices[a, b]
        return Frames(x, z, frames.done[parent], level, gates, extra, trail)

    def _keep_best(self, frames: Frames, layer: int) -> Frames:
        s = self.settings
        price = s.gate * frames.gates + s.depth * frames.level.max(axis=1) + frames.extra
        if ahead := self._find_layers_ahead(layer):
            words = ahead[0]
            x, z = frames.x[:, :, words], frames.z[:, :, words]
            support = np.concatenate([x, z], axis=-1) if self.letters == CNOTS else x | z
            here = compute_length(support, self.cuts, s.measure)
            price = price + s.settle * here.sum(axis=1) + s.spread * frames.level.sum(axis=1)
        return frames.take(np.argsort(price, kind="stable")[: s.width])
