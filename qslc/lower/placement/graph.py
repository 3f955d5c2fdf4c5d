"""Graphs for placement and routing: the couplers of a device, the pairs of a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from qslc.ir.program import Program


@dataclass(frozen=True)
class Graph:
    """An undirected graph on 0 to size - 1; edges have the smaller number first and are sorted."""

    size: int
    edges: tuple[tuple[int, int], ...]

    @cached_property
    def neighbors(self) -> tuple[tuple[int, ...], ...]:
        """Neighbors of each vertex, in rising order."""
        return tuple(tuple(sorted(self.rustworkx.neighbors(v))) for v in range(self.size))

    @cached_property
    def distances(self) -> NDArray[np.int64]:
        """Edges on the shortest path between two vertices; ``size`` where there is no path."""
        matrix = rx.distance_matrix(self.rustworkx, null_value=self.size)
        return np.asarray(matrix, dtype=np.int64)

    @cached_property
    def components(self) -> tuple[tuple[int, ...], ...]:
        """Connected components, the largest first, each in rising order."""
        found = [tuple(sorted(each)) for each in rx.connected_components(self.rustworkx)]
        return tuple(sorted(found, key=lambda each: (-len(each), each)))

    @cached_property
    def bipartite(self) -> bool:
        """Tell whether two colors are enough for the vertices."""
        return bool(rx.is_bipartite(self.rustworkx))

    @cached_property
    def smaller_side(self) -> int:
        """Vertices on the smaller side of a bipartite graph, summed over its components."""
        odd = (int((self.distances[c[0], list(c)] % 2).sum()) for c in self.components)
        sizes = map(len, self.components)
        return sum(min(count, size - count) for count, size in zip(odd, sizes, strict=True))

    @cached_property
    def spanning_tree(self) -> Graph:
        """Shortest paths from a center of a connected graph."""
        center = int(np.argmin(self.distances.max(axis=1)))
        above = rx.dijkstra_shortest_paths(self.rustworkx, center)
        edges = {(min(path[-2:]), max(path[-2:])) for path in above.values()}
        return Graph(self.size, tuple(sorted(edges)))

    @cached_property
    def rustworkx(self) -> rx.PyGraph:
        """The same graph for the algorithms of rustworkx."""
        graph = rx.PyGraph(multigraph=False)
        graph.add_nodes_from(range(self.size))
        graph.add_edges_from_no_data(list(self.edges))
        return graph

    def subgraph(self, vertices: Sequence[int]) -> Graph:
        """Return the edges among some vertices, which are numbered anew in the order given."""
        index = {vertex: i for i, vertex in enumerate(vertices)}
        pairs = ((index[v], index[w]) for v in vertices for w in self.neighbors[v] if w in index)
        return Graph(len(vertices), tuple(sorted((a, b) for a, b in pairs if a < b)))


def make_interaction_graph(program: Program) -> Graph:
    """Return the pairs of qubits on which the two-qubit gates of a program act."""
    pairs = {(min(op.qubits), max(op.qubits)) for op in program.operations if len(op.qubits) == 2}
    return Graph(program.qubits, tuple(sorted(pairs)))
