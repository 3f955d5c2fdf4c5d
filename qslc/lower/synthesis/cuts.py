"""Cuts of a coupling graph, by which distances are counted.

Every coupler (a, b) cuts the graph in two: the vertices nearer to a, and the others; or nearer to
b. In a partial cube (lines, trees, even rings, grids) the distance of two vertices is the number of
cuts between them (Djokovic 1973); of a larger set the cuts between its vertices give the half
perimeter of its bounding box, on a tree the exact size of its Steiner tree. In odd rings it is half
the number of cuts (they embed in a cube at scale 2: Deza and Laurent, "Geometry of Cuts and
Metrics", 1997). Elsewhere cuts are left out until no distance is overestimated; where rings of a
heavy-hexagon lattice meet, one percent of the distances is lost by that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.lower.placement.graph import Graph

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Cuts:
    """The cuts of a connected graph, and how each lies to each coupler.

    Args:
        tree: whether the graph is one.
        halved: whether a distance is half the number of cuts, not the number.
        sides: (2 * cuts, vertices) bool; rows 2 * j and 2 * j + 1 are the sides of cut j.
        side_of: (cuts, vertices) the row of ``sides`` that holds the vertex.
        a, b: (couplers,) the ends of each coupler.
    """

    tree: bool
    halved: bool
    sides: Flags
    side_of: Ints
    a: Ints
    b: Ints

    @property
    def side(self) -> Ints:
        """(cuts, couplers) the side of each cut on which the first end is."""
        return self.side_of[:, self.a]

    @property
    def split(self) -> Flags:
        """(cuts, couplers) whether the second end is on the other side."""
        split: Flags = self.side != self.side_of[:, self.b]
        return split

    def around(self, vertices: Flags) -> Cuts:
        """The same for the couplers with an end among some vertices."""
        near = np.flatnonzero(vertices[self.a] | vertices[self.b])
        return Cuts(self.tree, self.halved, self.sides, self.side_of, self.a[near], self.b[near])


def cuts(graph: Graph) -> Cuts:
    """The cuts of a connected graph.

    There are none where every pair is coupled: the vertices of a set need only be counted.
    """
    ends = np.array(graph.edges, dtype=np.int64).reshape(-1, 2)
    to_a, to_b = graph.distances[ends[:, 0]], graph.distances[ends[:, 1]]
    nearer = np.concatenate([to_a < to_b, to_b < to_a])
    # Of a cut and its complement, the one that does not hold vertex 0 stands for both.
    every = np.unique(nearer ^ nearer[:, :1], axis=0)
    if graph.distances.max() <= 1:
        every = every[:0]
    whole, half = _kept(every, graph.distances), _kept(every, 2 * graph.distances)
    halved = bool(_apart(half).sum() > 2 * _apart(whole).sum())
    chosen = half if halved else whole
    sides = np.stack([chosen, ~chosen], axis=1).reshape(-1, graph.size)
    a, b = ends.T
    side_of = 2 * np.arange(len(chosen))[:, None] + ~chosen
    return Cuts(len(ends) == graph.size - 1, halved, sides, side_of, a, b)


def _kept(cuts: Flags, limits: Ints) -> Flags:
    """Cuts that separate no two vertices too often, those first that separate the most."""
    left, kept = limits.copy(), np.zeros(len(cuts), dtype=np.bool_)
    for k in np.argsort(-_apart(cuts), kind="stable").tolist():
        apart = cuts[k, :, None] != cuts[k]
        if (apart <= left).all():
            left -= apart
            kept[k] = True
    return cuts[kept]


def _apart(cuts: Flags) -> Ints:
    """How many pairs of vertices each cut separates."""
    size: Ints = cuts.sum(axis=1, dtype=np.int64)
    return size * (cuts.shape[1] - size)
