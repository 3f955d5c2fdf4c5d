"""Find caterpillar trees of a device: a path that passes close to many qubits, and its neighbors.

A qubit with gates to many others need not come near each of them at once. It moves along the
path and is next to all neighbors of its vertices on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from typing import TypeAlias

from qslc.lower.placement.graph import Graph

_WIDTH = 512
"""Number of paths that are kept in each step."""

Path: TypeAlias = tuple[int, ...]
Score: TypeAlias = Callable[[Path, int], int]
"""How good a path is, given the bits of all vertices on it or next to it; the higher the better."""


def find_caterpillar(device: Graph, size: int) -> tuple[tuple[int, ...], Graph]:
    """Find a tree of a device around a short path that passes close to its vertices.

    Args:
        device: Connected graph.
        size: Number of vertices of the tree, no more than the device has.

    Returns:
        The vertices along the path, each followed by those that hang on it, and the edges of the
        tree between their positions.
    """
    path = _turn_towards_rest(_find_path(device, size)[:size], device)
    hanging = dict(islice(_attach_rest(path, device), size - len(path)))
    root = {vertex: k for k, vertex in enumerate(path)}
    for vertex, parent in hanging.items():
        root[vertex] = root[parent]
    order = tuple(sorted(root, key=root.__getitem__))
    at = {vertex: k for k, vertex in enumerate(order)}
    pairs = ((at[a], at[b]) for a, b in (*pairwise(path), *hanging.items()))
    return order, Graph(size, tuple(sorted((min(pair), max(pair)) for pair in pairs)))


def search_paths(device: Graph, score: Score) -> Iterator[list[tuple[Path, int]]]:
    """Yield paths of one vertex, of two, and so on, the best first, with the vertices around each.

    A beam search: of paths with the same end and the same vertices around them only one goes on.
    """
    around = [sum(1 << w for w in (v, *device.neighbors[v])) for v in range(device.size)]
    found: dict[tuple[int, int], Path] = {(v, around[v]): (v,) for v in range(device.size)}
    while found:
        scored = ((path, near) for (_, near), path in found.items())
        ranked = sorted(scored, key=lambda each: (-score(*each), each[0]))[:_WIDTH]
        yield ranked
        found = {
            (v, near | around[v]): (*path, v)
            for path, near in ranked
            for v in device.neighbors[path[-1]]
            if v not in path
        }


def _attach_rest(path: Path, device: Graph) -> Iterator[tuple[int, int]]:
    """Yield all other vertices and what each hangs on, the nearer to the path the earlier."""
    seen, here = set(path), list(path)
    for parent in here:
        for vertex in device.neighbors[parent]:
            if vertex not in seen:
                seen.add(vertex)
                here.append(vertex)
                yield vertex, parent


def _find_path(device: Graph, size: int) -> Path:
    """Find a path that with its neighbors has so many vertices, or as many as are found."""
    best: Path = ()
    most = 0
    for ranked in search_paths(device, lambda _, near: near.bit_count()):
        path, near = ranked[0]
        if near.bit_count() > most:
            best, most = path, near.bit_count()
        if most >= size:
            break
    return best


def _turn_towards_rest(path: Path, device: Graph) -> Path:
    """Return the path in the direction in which what is not next to it comes last."""
    near = {*path, *(v for vertex in path for v in device.neighbors[vertex])}
    rest = [v for v in range(device.size) if v not in near]
    away = device.distances[rest].sum(axis=0)
    return path[::-1] if away[path[0]] < away[path[-1]] else path
