"""Propose initial layouts for programs that do not fit on the couplers of a device.

When to use it: where no embedding is found. The layouts are where routing by SWAPs and searches
for other circuits begin, as those of Qiskit's ``SabreLayout`` are.

Failure modes: no layout sees the order of the gates, and none is proved to be good; the candidates
that come of several layouts are compared in the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from qslc.lower.placement.compact import anneal, find_center, grow_region, place_greedily
from qslc.lower.placement.embedding import ORDERS, find_embedding
from qslc.lower.placement.graph import Graph
from qslc.lower.placement.spine import find_spine_tree


@dataclass(frozen=True, slots=True)
class SwapWeights:
    """Weights of a SWAP against the distances that it shortens.

    Args:
        price: Edges of distance for each CZ that the SWAP costs.
        delay: Edges of distance for each level by which it ends late.
    """

    price: float
    delay: float


@dataclass(frozen=True, slots=True)
class Layout:
    """A place to start from, and how to route from there.

    Args:
        region: Device qubits that may be used.
        graph: Couplers that may be used, between indices into ``region``.
        start: First place of each program qubit, an index into ``region``.
        rounds: Number of times that the start is improved by routing forward and backward.
        weights: Weights of SWAPs.
    """

    region: tuple[int, ...]
    graph: Graph
    start: tuple[int, ...]
    rounds: int
    weights: SwapWeights


_FRUGAL = SwapWeights(price=2.0, delay=0.01)
_FRUGAL_ON_TREES = SwapWeights(price=1.0, delay=0.01)
_WEIGHTS = tuple(SwapWeights(*each) for each in ((0.2, 0.2), (0.5, 0.1), (0.2, 0.4), (1.0, 0.1)))
"""Weights that compact layouts take in turn."""

_CHOICE = 3
"""Number of device qubits, for each program qubit, that a compact layout is chosen from."""

_TURNS = 8
"""Number of different vertices with which compact layouts begin."""

_STRETCHES, _MOST_SPARE = 8, 4
"""Number of pairs that may be the one that is stretched, and device qubits on the way between."""

_OPENED = 600
"""Vertices of all patterns together that are searched for with one pair left out."""


def propose_layouts(pattern: Graph, device: Graph, count: int, seed: int) -> tuple[Layout, ...]:
    """Propose layouts that differ in place, region and weights, the most promising first.

    All pairs but one are put on couplers, if that is possible, and that one across spare device
    qubits; if it is not, qubits are put along a path that passes close to all of them, or along a
    line. In other layouts they start close to the qubits that they interact with, in every second
    one with spare device qubits around them. On a line a dense program becomes a network of gates
    that are each followed by a SWAP on the same pair (Kivlichan et al., "Quantum simulation of
    electronic structure with linear depth and connectivity", 2018).

    Args:
        pattern: Pairs of the program.
        device: Connected graph with at least as many qubits.
        count: Number of layouts.
        seed: Random seed.
    """
    compact = tuple(_make_compact(pattern, device, k, seed) for k in range(count))
    if 4 * len(pattern.edges) > pattern.size * (pattern.size - 1):
        return (*_put_on_line(pattern.size, device, seed), *compact)[:count]
    first = _stretch(pattern, device, seed) or _open(pattern, device, seed)
    first = first or (_put_on_spine(pattern, device), *_put_on_line(pattern.size, device, seed))
    if count == 1:
        return (min((*first, *compact), key=partial(_count_swaps, pattern)),)
    return (*first, *compact)[:count]


def _count_swaps(pattern: Graph, layout: Layout) -> int:
    """Return how many SWAPs would bring each pair together from its first place."""
    places = np.array(layout.start)
    a, b = np.array(pattern.edges, dtype=np.int64).reshape(-1, 2).T
    return int((layout.graph.distances[places[a], places[b]] - 1).sum())


def make_trivial_layout(qubits: int, device: Graph) -> Layout:
    """Put qubits in their own order around the center of the device."""
    region = grow_region([find_center(device)], device, qubits)
    return Layout(region, device.subgraph(region), tuple(range(qubits)), 0, _WEIGHTS[0])


def make_layout_at(places: tuple[int, ...], device: Graph) -> Layout:
    """Put qubits in given places, with no room around them."""
    return Layout(places, device.subgraph(places), tuple(range(len(places))), 0, _WEIGHTS[0])


def _put_on_line(qubits: int, device: Graph, seed: int) -> tuple[Layout, ...]:
    line = Graph(qubits, tuple(pairwise(range(qubits))))
    places = find_embedding(line, device, seed)
    return (Layout(places, line, tuple(range(qubits)), 0, _FRUGAL),) if places else ()


def _put_on_spine(pattern: Graph, device: Graph) -> Layout:
    """Put qubits along a path and next to it, those with the most partners first."""
    region, tree = find_spine_tree(device, pattern.size)
    order = sorted(range(pattern.size), key=lambda q: -len(pattern.neighbors[q]))
    places = {qubit: place for place, qubit in enumerate(order)}
    start = tuple(places[q] for q in range(pattern.size))
    return Layout(region, tree, start, 0, _FRUGAL_ON_TREES)


def _stretch(pattern: Graph, device: Graph, seed: int) -> tuple[Layout, ...]:
    """Put all pairs but one on couplers, and that one across spare qubits, if there is a way.

    An odd ring, on a device that has only even ones, is the longer ring with one place to spare.
    """
    for spare in range(1, min(_MOST_SPARE, device.size - pattern.size) + 1):
        for pair in pattern.edges[:: 1 + len(pattern.edges) // _STRETCHES]:
            places = find_embedding(_subdivide(pattern, pair, spare), device, seed, attempts=1)
            if places is not None:
                return (_lay_out(pattern, places, device),)
    return ()


def _open(pattern: Graph, device: Graph, seed: int) -> tuple[Layout, ...]:
    """Put all pairs but one on couplers, and that one anywhere, if there is a way."""
    found = []
    most = max(_STRETCHES, _OPENED // pattern.size)
    for pair in pattern.edges[:: 1 + len(pattern.edges) // most]:
        rest = Graph(pattern.size, tuple(each for each in pattern.edges if each != pair))
        places = find_embedding(rest, device, seed, attempts=1)
        if places is not None:
            found.append(_lay_out(pattern, places, device))
    return tuple(sorted(found, key=partial(_count_swaps, pattern))[:1])


def _lay_out(pattern: Graph, places: tuple[int, ...], device: Graph) -> Layout:
    start = tuple(range(pattern.size))
    return Layout(places, device.subgraph(places), start, 0, _FRUGAL_ON_TREES)


def _subdivide(graph: Graph, edge: tuple[int, int], count: int) -> Graph:
    """Return the graph with a path over ``count`` new vertices in place of an edge."""
    a, b = edge
    path = pairwise((a, *range(graph.size, graph.size + count), b))
    others = (each for each in graph.edges if each != edge)
    edges = (*others, *((min(pair), max(pair)) for pair in path))
    return Graph(graph.size + count, tuple(sorted(edges)))


def _make_compact(pattern: Graph, device: Graph, k: int, seed: int) -> Layout:
    """Return the k-th layout in which qubits are close to their partners."""
    qubits = pattern.size
    choice = grow_region([find_center(device)], device, min(device.size, _CHOICE * qubits))
    part = device.subgraph(choice)
    turn = k // 2 * qubits // _TURNS
    first = place_greedily(pattern, part, ORDERS[2 - k % 2], turn)
    found = anneal(pattern, part, first, np.random.default_rng((seed, k)))
    places = [choice[place] for place in found]
    region = grow_region(places, device, qubits + (0 if k % 2 else 1 + qubits // 4))
    start, weights = tuple(range(qubits)), _WEIGHTS[k // 2 % len(_WEIGHTS)]
    return Layout(region, device.subgraph(region), start, 2 * (k // 8), weights)
