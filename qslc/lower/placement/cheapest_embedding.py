"""The cheapest places for a pattern on a host, among those that keep its edges on edges.

A beam search: vertices are placed one after another next to those already placed, and of all
partial placements only the cheapest go on. A placement given at the start goes on whatever it
costs, so the result is never worse and there always is one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.lower.placement.embedding import Order, sequence
from qslc.lower.placement.graph import Graph

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ORDER = Order(rarest_first=True, breadth_first=False)
_WIDEST, _NARROWEST = 1024, 16
_WORK = 2_000_000


@dataclass(frozen=True)
class Costs:
    """What the places of a pattern of k vertices cost on a host of p.

    Args:
        vertex: of each vertex at each place, shape (k, p).
        weight: how often each edge of the pattern counts.
        edge: of each pair of places, infinite where the host has no edge, shape (p, p).
    """

    vertex: Floats
    weight: Mapping[tuple[int, int], int]
    edge: Floats

    def of_edge(self, a: int, b: int) -> Floats:
        """Of an edge of the pattern on each pair of places."""
        return self.weight[min(a, b), max(a, b)] * self.edge


@dataclass(frozen=True)
class _Beam:
    """Partial placements, one a row: the places so far (rows, steps), which are taken
    (rows, p), and the cost (rows,). The first row follows the placement given at the start.
    """

    places: Ints
    taken: NDArray[np.bool_]
    cost: Floats


def cheapest_places(
    pattern: Graph, host: Graph, costs: Costs, first: Sequence[int]
) -> tuple[int, ...]:
    """A place for each vertex of the pattern, with every edge of the pattern on one of the host.

    Args:
        pattern: of k vertices.
        host: of p vertices.
        costs: to keep low.
        first: such places, to improve on.
    """
    width = min(_WIDEST, max(_NARROWEST, _WORK // max(1, pattern.size * host.size)))
    order = sequence(pattern, _ORDER)
    beam = _Beam(
        np.empty((1, 0), dtype=np.int64), np.zeros((1, host.size), dtype=bool), np.zeros(1)
    )
    neighbours = _padded(host)
    for step, vertex in enumerate(order):
        placed = order[:step]
        tied = [k for k, other in enumerate(placed) if other in pattern.neighbours[vertex]]
        options = (
            neighbours[beam.places[:, tied[0]]]
            if tied
            else np.broadcast_to(np.arange(host.size), beam.taken.shape)
        )
        cost = beam.cost[:, None] + costs.vertex[vertex][options]
        for k in tied:
            cost += costs.of_edge(vertex, placed[k])[options, beam.places[:, k, None]]
        cost[_barred(pattern, host, order, step, beam, options)] = np.inf
        beam = _cheapest(beam, options, cost, first[vertex], width)
    places = dict(zip(order, beam.places[beam.cost.argmin()].tolist(), strict=True))
    return tuple(places[vertex] for vertex in range(pattern.size))


def _padded(host: Graph) -> Ints:
    """The neighbours of each vertex, shape (p, largest degree), filled up with -1."""
    widest = max(map(len, host.neighbours), default=0)
    rows = [[*each, *[-1] * (widest - len(each))] for each in host.neighbours]
    return np.array(rows, dtype=np.int64).reshape(host.size, widest)


def _barred(
    pattern: Graph, host: Graph, order: list[int], step: int, beam: _Beam, options: Ints
) -> NDArray[np.bool_]:
    """The options that are none, taken, or too far from where the pattern still has to return.

    A path in the pattern is a path on the host, so distances cannot grow.
    """
    rows = np.arange(len(options))[:, None]
    barred: NDArray[np.bool_] = (options < 0) | beam.taken[rows, options]
    ahead = set(order[step:])
    for k, other in enumerate(order[:step]):
        distance = pattern.distances[order[step], other]
        if distance < pattern.size and not ahead.isdisjoint(pattern.neighbours[other]):
            barred |= host.distances[options, beam.places[:, k, None]] > distance
    return barred


def _cheapest(beam: _Beam, options: Ints, cost: Floats, first: int, width: int) -> _Beam:
    """The beam with one more vertex placed; its first row with the vertex at its first place."""
    rank = cost.copy()
    rank[0, options[0] == first] = -np.inf
    chosen = np.argsort(rank, axis=None, kind="stable")[:width]
    chosen = chosen[rank.ravel()[chosen] < np.inf]
    row, column = np.divmod(chosen, options.shape[1])
    place = options[row, column]
    taken = beam.taken[row]
    taken[np.arange(len(row)), place] = True
    return _Beam(np.column_stack([beam.places[row], place]), taken, cost[row, column])
