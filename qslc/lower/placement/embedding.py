"""Find a place for a program where all its pairs are on couplers: subgraph isomorphism.

Backtracking, as VF2 in Qiskit's ``VF2Layout``. It may give up on a pattern that fits, more often
the fuller the host is.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qslc.lower.placement.graph import Graph

ATTEMPTS = 15
"""Number of searches before it gives up."""

_VISITS, _VISITS_PER_VERTEX = 1000, 4
"""Number of vertices that one search places: so many, and so many for each of the pattern."""


class VertexOrder(NamedTuple):
    """Order of a search: from which vertex, and along one strand or on all sides at once."""

    rarest_first: bool
    breadth_first: bool


ORDERS = (VertexOrder(False, False), VertexOrder(True, False), VertexOrder(True, True))


def find_embedding(
    pattern: Graph, host: Graph, seed: int, attempts: int = ATTEMPTS
) -> tuple[int, ...] | None:
    """Find a host vertex for each vertex of a pattern, so that pattern edges are host edges.

    Vertices without an edge take the places nearest to the others. The same arguments give the
    same embedding.

    Args:
        pattern: Pairs of a program.
        host: Couplers of a device.
        seed: Random seed.
        attempts: Number of searches.

    Returns:
        The place of each vertex; None if there is no embedding or none was found.
    """
    if pattern.size <= host.size and set(pattern.edges) <= set(host.edges):
        return tuple(range(pattern.size))
    if not _may_fit(pattern, host):
        return None
    for attempt in range(attempts):
        rng = np.random.default_rng((seed, attempt))
        rank = rng.permutation(host.size) if attempt else np.arange(host.size)
        search = _Search(pattern, host, ORDERS[attempt % len(ORDERS)], rank.tolist())
        found = search.run(_VISITS + _VISITS_PER_VERTEX * pattern.size)
        if found is not None or search.exhausted:
            return found
    return None


def _may_fit(pattern: Graph, host: Graph) -> bool:
    if pattern.size > host.size or (host.bipartite and not pattern.bipartite):
        return False
    if host.bipartite and pattern.smaller_side > host.smaller_side:
        return False
    wanted = sorted(map(len, pattern.neighbors), reverse=True)
    offered = sorted(map(len, host.neighbors), reverse=True)
    return all(w <= o for w, o in zip(wanted, offered, strict=False))


class _Search:
    """One bounded depth-first search. The k-th vertex of ``order`` is at ``places[k]``."""

    def __init__(self, pattern: Graph, host: Graph, order: VertexOrder, rank: list[int]) -> None:
        self.host = host
        self.compact = order.breadth_first
        self.rank = rank
        self.order = order_vertices(pattern, order)
        step = {vertex: k for k, vertex in enumerate(self.order)}
        self.ties = [[step[other] for other in pattern.neighbors[v]] for v in self.order]
        distances = pattern.distances[np.ix_(self.order, self.order)]
        self.reach = np.where(distances < pattern.size, distances, host.size)
        self.places = np.zeros(pattern.size, dtype=np.int64)
        self.free = [True] * host.size
        self.room = [len(each) for each in host.neighbors]
        self.exhausted = False

    def run(self, visits: int) -> tuple[int, ...] | None:
        """Return a place of each vertex, or None; ``exhausted`` tells if there surely is none."""
        pending = [self._list_candidates(0)]
        for _ in range(visits):
            while pending and not pending[-1]:
                pending.pop()
                if pending:
                    self._occupy(len(pending) - 1, free=True)
            if not pending:
                self.exhausted = True
                return None
            step = len(pending) - 1
            self.places[step] = pending[-1].pop()
            self._occupy(step, free=False)
            if len(pending) == len(self.order):
                places = dict(zip(self.order, self.places.tolist(), strict=True))
                return tuple(places[vertex] for vertex in range(len(places)))
            pending.append(self._list_candidates(step + 1))
        return None

    def _occupy(self, step: int, free: bool) -> None:
        """Take the place of a step, or set it free."""
        place = int(self.places[step])
        self.free[place] = free
        for neighbor in self.host.neighbors[place]:
            self.room[neighbor] += 1 if free else -1

    def _list_candidates(self, step: int) -> list[int]:
        """Return the free places for the vertex of a step, the best last."""
        taken, distances = self.places[:step], self.host.distances
        tied = [int(self.places[other]) for other in self.ties[step] if other < step]
        needed = len(self.ties[step]) - len(tied)
        near = self.host.neighbors[tied[0]] if tied else range(self.host.size)
        free = [place for place in near if self.free[place] and self.room[place] >= needed]
        if not tied:
            away = distances[:, taken].min(axis=1) if step else np.zeros_like(self.rank)
            return sorted(free, key=lambda p: (-away[p], -self.rank[p]))
        # A path in the pattern is a path in the host, so distances cannot grow.
        reach = self.reach[step, :step]
        fitting = [place for place in free if (distances[place, taken] <= reach).all()]
        # The place with the fewest free neighbors goes first (Warnsdorff's rule), so that long
        # paths leave no holes behind.
        away = distances[self.places[step - 1]] * self.compact
        return sorted(fitting, key=lambda p: (-away[p], -self.room[p], -self.rank[p]))


def order_vertices(pattern: Graph, order: VertexOrder, turn: int = 0) -> list[int]:
    """Return the vertices, each after one of its neighbors; components one after another.

    Args:
        pattern: Graph to traverse.
        order: How it is traversed.
        turn: Vertex from whose number on the first of several equal starts is taken.
    """
    degrees = [len(each) for each in pattern.neighbors]
    sign = -1 if order.rarest_first else 1
    return [
        vertex
        for component in pattern.components
        for vertex in _traverse(
            pattern,
            min(component, key=lambda v: (sign * degrees[v], (v - turn) % pattern.size)),
            order.breadth_first,
        )
    ]


def _traverse(pattern: Graph, start: int, breadth_first: bool) -> list[int]:
    """Return a component from a vertex on, the vertex with most ties to those before it next."""
    sequence: list[int] = []
    frontier = {start: (0, 0)}
    placed = {start}
    while frontier:
        chosen = max(frontier, key=lambda v: (frontier[v], -v))
        del frontier[chosen]
        placed.add(chosen)
        sequence.append(chosen)
        for other in pattern.neighbors[chosen]:
            if other not in placed:
                ties, since = frontier.get(other, (0, -len(sequence)))
                frontier[other] = (ties + 1, since if breadth_first else len(sequence))
    return sequence
