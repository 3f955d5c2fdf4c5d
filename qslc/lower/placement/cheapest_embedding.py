"""Find the cheapest of all embeddings of a pattern, from one that is given.

When to use it: to move a compiled program to the best qubits of its device.

Method: a beam search. Vertices are placed one after another next to those already placed, and of
all partial placements only the cheapest go on. The given embedding goes on whatever it costs, so
the result is never worse.

Failure modes: where the beam is narrow for the host, the result is good and not the best.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.lower.placement.embedding import VertexOrder, order_vertices
from qslc.lower.placement.graph import Graph

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ORDER = VertexOrder(rarest_first=True, breadth_first=False)

_WIDEST, _NARROWEST = 1024, 16
"""Most and fewest partial placements in the beam."""

_WORK = 2_000_000
"""Partial placements in the beam times vertices of the pattern times vertices of the host."""


@dataclass(frozen=True)
class Costs:
    """Costs of the places of a pattern of k vertices on a host of p.

    Args:
        vertex: Cost of each vertex at each place, shape (k, p).
        weight: How often each edge of the pattern counts.
        edge: Cost of each pair of places, infinite where the host has no edge, shape (p, p).
    """

    vertex: Floats
    weight: Mapping[tuple[int, int], int]
    edge: Floats

    def of_edge(self, a: int, b: int) -> Floats:
        """Return the cost of an edge of the pattern on each pair of places."""
        return self.weight[min(a, b), max(a, b)] * self.edge


@dataclass(frozen=True)
class _Beam:
    """Partial placements, one a row; the first row follows the given embedding.

    Args:
        places: Places so far, shape (rows, steps).
        taken: Which places are taken, shape (rows, p).
        cost: Cost so far, shape (rows,).
    """

    places: Ints
    taken: NDArray[np.bool_]
    cost: Floats


def find_cheapest_embedding(
    pattern: Graph, host: Graph, costs: Costs, first: Sequence[int]
) -> tuple[int, ...]:
    """Find a place for each vertex of a pattern, with every edge of the pattern on one of the host.

    Args:
        pattern: Graph of k vertices.
        host: Graph of p vertices.
        costs: Costs of the places.
        first: An embedding to improve on.
    """
    width = min(_WIDEST, max(_NARROWEST, _WORK // max(1, pattern.size * host.size)))
    order = order_vertices(pattern, _ORDER)
    beam = _Beam(
        np.empty((1, 0), dtype=np.int64), np.zeros((1, host.size), dtype=bool), np.zeros(1)
    )
    neighbors = _pad_neighbors(host)
    for step, vertex in enumerate(order):
        placed = order[:step]
        tied = [k for k, other in enumerate(placed) if other in pattern.neighbors[vertex]]
        options = (
            neighbors[beam.places[:, tied[0]]]
            if tied
            else np.broadcast_to(np.arange(host.size), beam.taken.shape)
        )
        cost = beam.cost[:, None] + costs.vertex[vertex][options]
        for k in tied:
            cost += costs.of_edge(vertex, placed[k])[options, beam.places[:, k, None]]
        cost[_find_forbidden(pattern, host, order, step, beam, options)] = np.inf
        beam = _keep_cheapest(beam, options, cost, first[vertex], width)
    places = dict(zip(order, beam.places[beam.cost.argmin()].tolist(), strict=True))
    return tuple(places[vertex] for vertex in range(pattern.size))


def _pad_neighbors(host: Graph) -> Ints:
    """Return the neighbors of each vertex, shape (p, largest degree), filled up with -1."""
    widest = max(map(len, host.neighbors), default=0)
    rows = [[*each, *[-1] * (widest - len(each))] for each in host.neighbors]
    return np.array(rows, dtype=np.int64).reshape(host.size, widest)


def _find_forbidden(
    pattern: Graph, host: Graph, order: list[int], step: int, beam: _Beam, options: Ints
) -> NDArray[np.bool_]:
    """Return which options are padding, taken, or too far from where the pattern has to return.

    A path in the pattern is a path on the host, so distances cannot grow.
    """
    rows = np.arange(len(options))[:, None]
    forbidden: NDArray[np.bool_] = (options < 0) | beam.taken[rows, options]
    ahead = set(order[step:])
    for k, other in enumerate(order[:step]):
        distance = pattern.distances[order[step], other]
        if distance < pattern.size and not ahead.isdisjoint(pattern.neighbors[other]):
            forbidden |= host.distances[options, beam.places[:, k, None]] > distance
    return forbidden


def _keep_cheapest(beam: _Beam, options: Ints, cost: Floats, first: int, width: int) -> _Beam:
    """Place one more vertex: in the first row where the given embedding has it, then cheapest."""
    rank = cost.copy()
    rank[0, options[0] == first] = -np.inf
    chosen = np.argsort(rank, axis=None, kind="stable")[:width]
    chosen = chosen[rank.ravel()[chosen] < np.inf]
    row, column = np.divmod(chosen, options.shape[1])
    place = options[row, column]
    taken = beam.taken[row]
    taken[np.arange(len(row)), place] = True
    return _Beam(np.column_stack([beam.places[row], place]), taken, cost[row, column])
