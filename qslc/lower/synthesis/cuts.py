"""Find cuts of a coupling graph, by which distances are counted.

Every coupler (a, b) cuts the graph in two: the vertices nearer to a, and the others; or nearer to
b. In a partial cube the distance of two vertices is the number of cuts between them (Djokovic
1973), in odd rings half of it (Deza and Laurent, "Geometry of Cuts and Metrics", 1997). Elsewhere
cuts are left out until no distance is overestimated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.lower.placement.graph import Graph

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True)
class Cuts:
    """The cuts of a connected graph, and how each lies to each coupler.

    Args:
        tree: Whether the graph is a tree.
        halved: Whether a distance is half the number of cuts, not the number.
        sides: Vertices on each side; rows 2 * j and 2 * j + 1 are the sides of cut j, shape
            (2 * cuts, vertices).
        side_of: Row of ``sides`` that holds the vertex, shape (cuts, vertices).
        a: First end of each coupler, shape (couplers,).
        b: Second end of each coupler, shape (couplers,).
    """

    tree: bool
    halved: bool
    sides: Flags
    side_of: Ints
    a: Ints
    b: Ints

    @property
    def side(self) -> Ints:
        """Side of each cut on which the first end is, shape (cuts, couplers)."""
        return self.side_of[:, self.a]

    @property
    def split(self) -> Flags:
        """Tell whether the second end is on the other side, shape (cuts, couplers)."""
        split: Flags = self.side != self.side_of[:, self.b]
        return split

    def select_near(self, vertices: Flags) -> Cuts:
        """Return the same cuts for the couplers with an end among some vertices."""
        kept = np.flatnonzero(vertices[self.a] | vertices[self.b])
        return replace(self, a=self.a[kept], b=self.b[kept])


def find_cuts(graph: Graph) -> Cuts:
    """Return the cuts of a connected graph.

    There are none where every pair is coupled: the vertices of a set need only be counted.
    """
    ends = np.array(graph.edges, dtype=np.int64).reshape(-1, 2)
    to_a, to_b = graph.distances[ends[:, 0]], graph.distances[ends[:, 1]]
    nearer = np.concatenate([to_a < to_b, to_b < to_a])
    # Of a cut and its complement, the one that does not hold vertex 0 stands for both.
    every = np.unique(nearer ^ nearer[:, :1], axis=0)
    if graph.distances.max() <= 1:
        every = every[:0]
    whole, half = _select(every, graph.distances), _select(every, 2 * graph.distances)
    halved = bool(_count_separated(half).sum() > 2 * _count_separated(whole).sum())
    chosen = half if halved else whole
    sides = np.stack([chosen, ~chosen], axis=1).reshape(-1, graph.size)
    a, b = ends.T
    side_of = 2 * np.arange(len(chosen))[:, None] + ~chosen
    return Cuts(len(ends) == graph.size - 1, halved, sides, side_of, a, b)


def _select(cuts: Flags, limits: Ints) -> Flags:
    """Select cuts that separate no two vertices too often, those first that separate the most."""
    left, kept = limits.copy(), np.zeros(len(cuts), dtype=np.bool_)
    for k in np.argsort(-_count_separated(cuts), kind="stable").tolist():
        apart = cuts[k, :, None] != cuts[k]
        if (apart <= left).all():
            left -= apart
            kept[k] = True
    return cuts[kept]


def _count_separated(cuts: Flags) -> Ints:
    """Return how many pairs of vertices each cut separates."""
    size: Ints = cuts.sum(axis=1, dtype=np.int64)
    return size * (cuts.shape[1] - size)
