"""A part of a device that is a path with legs: a tree that one qubit can serve in passing.

A qubit with gates to many others need not come near each of them at once. It walks along the path
and meets all neighbours of its vertices on the way, so a short path with many neighbours is best.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, pairwise

from qslc.lower.placement.graph import Graph

_WIDTH = 512
"""Paths that are kept in each step."""

Path = tuple[int, ...]
Score = Callable[[Path, int], int]
"""Of a path, and the bits of all vertices on it or next to it: the higher the better."""


def spined(device: Graph, size: int) -> tuple[tuple[int, ...], Graph]:
    """Vertices of a device along a path, each with its legs behind it, and the tree they form.

    Args:
        device: connected.
        size: how many vertices, no more than the device has.

    Returns:
        The vertices, and the edges between their positions.
    """
    path = _towards_rest(_spine(device, size)[:size], device)
    hanging = dict(islice(_hanging(path, device), size - len(path)))
    root = {vertex: k for k, vertex in enumerate(path)}
    for vertex, parent in hanging.items():
        root[vertex] = root[parent]
    order = tuple(sorted(root, key=root.__getitem__))
    at = {vertex: k for k, vertex in enumerate(order)}
    pairs = ((at[a], at[b]) for a, b in (*pairwise(path), *hanging.items()))
    return order, Graph(size, tuple(sorted((min(pair), max(pair)) for pair in pairs)))


def paths(device: Graph, score: Score) -> Iterator[list[tuple[Path, int]]]:
    """Paths of one vertex, of two, and so on, the best first, with the vertices around each.

    A beam search: of paths with the same end and the same vertices around them only one goes on.
    """
    around = [sum(1 << w for w in (v, *device.neighbours[v])) for v in range(device.size)]
    found: dict[tuple[int, int], Path] = {(v, around[v]): (v,) for v in range(device.size)}
    while found:
        scored = ((path, seen) for (_, seen), path in found.items())
        ranked = sorted(scored, key=lambda each: (-score(*each), each[0]))[:_WIDTH]
        yield ranked
        found = {
            (v, seen | around[v]): (*path, v)
            for path, seen in ranked
            for v in device.neighbours[path[-1]]
            if v not in path
        }


def _hanging(path: Path, device: Graph) -> Iterator[tuple[int, int]]:
    """All other vertices and what each hangs on, the nearer to the path the earlier."""
    seen, here = set(path), list(path)
    for parent in here:
        for vertex in device.neighbours[parent]:
            if vertex not in seen:
                seen.add(vertex)
                here.append(vertex)
                yield vertex, parent


def _spine(device: Graph, size: int) -> Path:
    """A path that with its neighbours has so many vertices, or as many as are found."""
    best: tuple[Path, int] = ((), 0)
    for ranked in paths(device, _covered):
        best = max(best, ranked[0], key=lambda each: _covered(*each))
        if _covered(*best) >= size:
            break
    return best[0]


def _covered(_: Path, seen: int) -> int:
    return seen.bit_count()


def _towards_rest(path: Path, device: Graph) -> Path:
    """The path in the direction in which what is not next to it comes last."""
    near = {*path, *(v for vertex in path for v in device.neighbours[vertex])}
    rest = [v for v in range(device.size) if v not in near]
    away = device.distances[rest].sum(axis=0)
    return path[::-1] if away[path[0]] < away[path[-1]] else path
