"""Subgraph isomorphism: put every pair of a program on a coupler, with no SWAP at all.

Backtracking that places one vertex after another next to those already placed. A candidate is
dropped when it is too far from the image of a placed vertex (a path in the pattern is a path in
the host, so distances cannot grow), and the candidate with the fewest free neighbours goes first
(Warnsdorff's rule), so that long paths leave no holes behind. A search that has visited too many
vertices starts again in another, seeded order.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from qslc.lower.placement.graph import Graph

ATTEMPTS = 15
_VISITS = 1000
_VISITS_PER_VERTEX = 4


def embedding(
    pattern: Graph, host: Graph, seed: int, attempts: int = ATTEMPTS
) -> tuple[int, ...] | None:
    """A host vertex for each vertex of the pattern, so that pattern edges are host edges.

    None if there is no such map, or if none was found within a fixed number of steps. Vertices
    without an edge take the places nearest to the others. The same arguments give the same map.
    """
    if _fits_as_numbered(pattern, host):
        return tuple(range(pattern.size))
    if not _may_fit(pattern, host):
        return None
    for attempt in range(attempts):
        rng = np.random.default_rng((seed, attempt))
        rank = rng.permutation(host.size) if attempt else np.arange(host.size)
        search = _Search(pattern, host, ORDERS[attempt % len(ORDERS)], rank.tolist())
        if search.run(_VISITS + _VISITS_PER_VERTEX * pattern.size):
            return search.images()
        if search.exhausted:
            return None
    return None


def _fits_as_numbered(pattern: Graph, host: Graph) -> bool:
    return pattern.size <= host.size and set(pattern.edges) <= set(host.edges)


def _may_fit(pattern: Graph, host: Graph) -> bool:
    if pattern.size > host.size or (host.bipartite and not pattern.bipartite):
        return False
    if host.bipartite and pattern.smaller_side > host.smaller_side:
        return False
    wanted = sorted(map(len, pattern.neighbours), reverse=True)
    offered = sorted(map(len, host.neighbours), reverse=True)
    return all(w <= o for w, o in zip(wanted, offered, strict=False))


class Order(NamedTuple):
    """How a search proceeds: from which vertex, along one strand or on all sides at once."""

    rarest_first: bool
    breadth_first: bool


ORDERS = (Order(False, False), Order(True, False), Order(True, True))


class _Search:
    """One bounded depth-first search. The k-th vertex of ``order`` lies at ``places[k]``."""

    def __init__(self, pattern: Graph, host: Graph, order: Order, rank: list[int]) -> None:
        self.host = host
        self.compact = order.breadth_first
        self.rank = rank
        self.order = sequence(pattern, order)
        step = {vertex: k for k, vertex in enumerate(self.order)}
        self.ties = [[step[other] for other in pattern.neighbours[v]] for v in self.order]
        distances = pattern.distances[np.ix_(self.order, self.order)]
        self.reach = np.where(distances < pattern.size, distances, host.size)
        self.places = np.zeros(pattern.size, dtype=np.int64)
        self.free = [True] * host.size
        self.room = [len(each) for each in host.neighbours]
        self.exhausted = False

    def images(self) -> tuple[int, ...]:
        places = dict(zip(self.order, self.places.tolist(), strict=True))
        return tuple(places[vertex] for vertex in range(len(places)))

    def run(self, visits: int) -> bool:
        """Whether all vertices found a place; ``exhausted`` if it is certain that they cannot."""
        pending = [self._candidates(0)]
        for _ in range(visits):
            while pending and not pending[-1]:
                pending.pop()
                if pending:
                    self._move(len(pending) - 1, free=True)
            if not pending:
                self.exhausted = True
                return False
            step = len(pending) - 1
            self.places[step] = pending[-1].pop()
            self._move(step, free=False)
            if len(pending) == len(self.order):
                return True
            pending.append(self._candidates(step + 1))
        return False

    def _move(self, step: int, free: bool) -> None:
        """Take or give back the place of a step."""
        place = int(self.places[step])
        self.free[place] = free
        for neighbour in self.host.neighbours[place]:
            self.room[neighbour] += 1 if free else -1

    def _candidates(self, step: int) -> list[int]:
        """Free places for the vertex of a step, the best last."""
        tied = [int(self.places[other]) for other in self.ties[step] if other < step]
        if not tied:
            return self._starts(step)
        needed = len(self.ties[step]) - len(tied)
        fitting = [
            place
            for place in self.host.neighbours[tied[0]]
            if self.free[place] and self.room[place] >= needed and self._near(step, place)
        ]
        away = self.host.distances[self.places[step - 1]] * self.compact
        return sorted(fitting, key=lambda p: (-away[p], -self.room[p], -self.rank[p]))

    def _starts(self, step: int) -> list[int]:
        """Free places for a vertex that is tied to none before it, the best last."""
        taken = self.places[:step]
        away = self.host.distances[:, taken].min(axis=1) if step else self.host.distances[0] * 0
        needed = len(self.ties[step])
        fitting = (p for p in range(self.host.size) if self.free[p] and self.room[p] >= needed)
        return sorted(fitting, key=lambda p: (-away[p], -self.rank[p]))

    def _near(self, step: int, place: int) -> bool:
        away = self.host.distances[place, self.places[:step]]
        return bool((away <= self.reach[step, :step]).all())


def sequence(pattern: Graph, order: Order, turn: int = 0) -> list[int]:
    """The vertices, each after one of its neighbours; components one after another.

    Of vertices that may equally well be the first it is the first from number ``turn`` on.
    """
    degrees = [len(each) for each in pattern.neighbours]
    sign = -1 if order.rarest_first else 1
    return [
        vertex
        for component in pattern.components
        for vertex in _grow(
            pattern,
            min(component, key=lambda v: (sign * degrees[v], (v - turn) % pattern.size)),
            order.breadth_first,
        )
    ]


def _grow(pattern: Graph, start: int, breadth_first: bool) -> list[int]:
    """A component from one of its vertices, the vertex with most ties to the placed ones first."""
    sequence: list[int] = []
    frontier = {start: (0, 0)}
    placed = {start}
    while frontier:
        chosen = max(frontier, key=lambda v: (frontier[v], -v))
        del frontier[chosen]
        placed.add(chosen)
        sequence.append(chosen)
        for other in pattern.neighbours[chosen]:
            if other not in placed:
                ties, since = frontier.get(other, (0, -len(sequence)))
                frontier[other] = (ties + 1, since if breadth_first else len(sequence))
    return sequence
