"""How far apart a set of qubits lies: the number of cuts of the coupling graph that it straddles.

Every coupler (a, b) cuts the graph in two: the vertices nearer to a, and the others. In a partial
cube (lines, trees, even rings, grids, heavy-hexagon lattices) the distance of two vertices is the
number of cuts between them (Djokovic 1973); of a larger set the cuts give the half perimeter of
its bounding box, which on a line or a tree is the exact size of its Steiner tree. In other graphs
the count is scaled so that pairs have the right distance on average. Cuts are sets of vertices
and counts are popcounts: thousands of Pauli strings are measured at once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qslc.lower.coupling import Graph

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Cuts:
    """The cuts of a connected graph, and how each lies to each coupler.

    Args:
        sides: (2 * cuts, vertices) bool; rows 2 * j and 2 * j + 1 are the sides of cut j.
        a, b: the ends of each coupler.
        scale: edges of distance per cut.
        whole_edge, whole_side: pairs of a coupler and the side that holds both of its ends.
        split_edge, split_side: pairs of a coupler and the side that holds its first end only.
    """

    sides: NDArray[np.bool_]
    a: Ints
    b: Ints
    scale: float
    whole_edge: Ints
    whole_side: Ints
    split_edge: Ints
    split_side: Ints

    @property
    def count(self) -> int:
        return len(self.sides) // 2

    def around(self, vertices: NDArray[np.bool_]) -> Cuts:
        """The same for the couplers with an end among some vertices."""
        near = vertices[self.a] | vertices[self.b]
        number = np.cumsum(near) - 1
        whole, split = near[self.whole_edge], near[self.split_edge]
        return replace(
            self,
            a=self.a[near],
            b=self.b[near],
            whole_edge=number[self.whole_edge[whole]],
            whole_side=self.whole_side[whole],
            split_edge=number[self.split_edge[split]],
            split_side=self.split_side[split],
        )


def cuts(graph: Graph) -> Cuts:
    """The cuts of a connected graph with at least one coupler."""
    distances = graph.distances
    ends = np.array(graph.edges, dtype=np.int64)
    nearer = distances[ends[:, 0]] < distances[ends[:, 1]]
    # One of a cut and its complement: the one that does not hold vertex 0.
    nearer = np.unique(nearer ^ nearer[:, :1], axis=0)
    sides = np.stack([nearer, ~nearer], axis=1).reshape(-1, graph.size)
    first, second = sides[:, ends[:, 0]].T, sides[:, ends[:, 1]].T
    whole_edge, whole_side = np.nonzero(first & second)
    split_edge, split_side = np.nonzero(first & ~second)
    scale = _scale(distances, nearer)
    a, b = ends.T
    return Cuts(sides, a, b, scale, whole_edge, whole_side, split_edge, split_side)


def _scale(distances: Ints, nearer: NDArray[np.bool_]) -> float:
    between = (nearer[:, :, None] != nearer[:, None, :]).sum()
    return float(distances.sum() / between)
