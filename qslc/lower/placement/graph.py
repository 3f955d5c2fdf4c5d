"""Graphs as placement and routing see them: the couplers of a device, the pairs of a program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import rustworkx as rx
from numpy.typing import NDArray

from qslc.ir.program import Operation


@dataclass(frozen=True)
class Graph:
    """An undirected graph on 0 to size - 1; edges have the smaller number first and are sorted."""

    size: int
    edges: tuple[tuple[int, int], ...]

    @cached_property
    def neighbours(self) -> tuple[tuple[int, ...], ...]:
        """Of each vertex, in rising order."""
        found: list[set[int]] = [set() for _ in range(self.size)]
        for a, b in self.edges:
            found[a].add(b)
            found[b].add(a)
        return tuple(tuple(sorted(each)) for each in found)

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
        return bool(rx.is_bipartite(self.rustworkx))

    @cached_property
    def smaller_side(self) -> int:
        """Vertices on the smaller side of a bipartite graph, summed over its components."""
        sides = (sum(self._odd(component)) for component in self.components)
        return sum(
            min(odd, len(component) - odd)
            for odd, component in zip(sides, self.components, strict=True)
        )

    def _odd(self, component: tuple[int, ...]) -> list[int]:
        away: list[int] = (self.distances[component[0], list(component)] % 2).tolist()
        return away

    @cached_property
    def spanning_tree(self) -> Graph:
        """Shortest paths from a centre of a connected graph."""
        centre = int(np.argmin(self.distances.max(axis=1)))
        above = rx.dijkstra_shortest_paths(self.rustworkx, centre)
        edges = {(min(path[-2:]), max(path[-2:])) for path in above.values()}
        return Graph(self.size, tuple(sorted(edges)))

    @cached_property
    def rustworkx(self) -> rx.PyGraph:
        graph = rx.PyGraph(multigraph=False)
        graph.add_nodes_from(range(self.size))
        graph.add_edges_from_no_data(list(self.edges))
        return graph

    def part(self, vertices: Sequence[int]) -> Graph:
        """The edges among some vertices, which are numbered anew in the order given."""
        index = {vertex: i for i, vertex in enumerate(vertices)}
        pairs = ((index[v], index[w]) for v in vertices for w in self.neighbours[v] if w in index)
        return Graph(len(vertices), tuple(sorted((a, b) for a, b in pairs if a < b)))


def interactions(operations: Iterable[Operation], qubits: int) -> Graph:
    """The pairs of qubits on which two-qubit gates act."""
    pairs = {tuple(sorted(op.qubits)) for op in operations if len(op.qubits) == 2}
    return Graph(qubits, tuple(sorted((a, b) for a, b in pairs)))
