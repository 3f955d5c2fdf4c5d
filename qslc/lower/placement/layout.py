"""Propose initial layouts, from which routing and searches begin where no embedding is found.

Qiskit's ``SabreLayout`` does the same. No layout sees the order of the gates, and none is proved
to be good; what comes of several is compared in the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from qslc.lower.placement.caterpillar import find_caterpillar
from qslc.lower.placement.compact import anneal, find_center, grow_region, place_greedily
from qslc.lower.placement.embedding import ORDERS, find_embedding
from qslc.lower.placement.graph import Graph


@dataclass(frozen=True, slots=True)
class SwapWeights:
    """Weights of a SWAP against the distances that it shortens.

    Args:
        price: Edges of distance for each CZ that the SWAP costs.
        delay: Edges of distance for each level by which it ends late.
    """

    price: float
    delay: float


_FEW_SWAPS = SwapWeights(price=2.0, delay=0.01)
_FEW_SWAPS_ON_TREES = SwapWeights(price=1.0, delay=0.01)
_WEIGHTS = tuple(SwapWeights(*each) for each in ((0.2, 0.2), (0.5, 0.1), (0.2, 0.4), (1.0, 0.1)))
"""Weights that compact layouts take in turn."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A place to start from, and how to route from there.

    Args:
        region: Device qubits that may be used.
        graph: Couplers that may be used, between indices into ``region``.
        start: First place of each program qubit, an index into ``region``.
        weights: Weights of SWAPs.
        rounds: Number of times that the start is improved by routing forward and backward.
        fixed: Whether qubits start in these first places, and nowhere else.
    """

    region: tuple[int, ...]
    graph: Graph
    start: tuple[int, ...]
    weights: SwapWeights
    rounds: int = 0
    fixed: bool = False


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
    first = _spare_a_pair(pattern, device, seed) or (
        _put_on_caterpillar(pattern, device),
        *_put_on_line(pattern.size, device, seed),
    )
    if count == 1:
        return (min((*first, *compact), key=partial(_count_swaps, pattern)),)
    return (*first, *compact)[:count]


def make_layout(
    region: tuple[int, ...],
    device: Graph,
    qubits: int | None = None,
    weights: SwapWeights = _WEIGHTS[0],
    rounds: int = 0,
) -> Layout:
    """Put qubits in the first places of a region of a device, in their order.

    Args:
        region: Device qubits that may be used.
        device: Couplers of the device.
        qubits: Number of qubits, as many as there are places if None.
        weights: Weights of SWAPs.
        rounds: Number of times that routing improves the start.
    """
    start = tuple(range(len(region) if qubits is None else qubits))
    return Layout(region, device.subgraph(region), start, weights, rounds)


def make_trivial_layout(qubits: int, device: Graph) -> Layout:
    """Put qubits in their own order around the center of the device."""
    return make_layout(grow_region([find_center(device)], device, qubits), device)


def make_growing_layout(qubits: int, device: Graph) -> Layout:
    """Put qubits around the center of the device, the last first: any last ones are connected."""
    region = grow_region([find_center(device)], device, qubits)
    start = tuple(reversed(range(qubits)))
    return Layout(region, device.subgraph(region), start, _FEW_SWAPS, fixed=True)


def _count_swaps(pattern: Graph, layout: Layout) -> int:
    """Return how many SWAPs would bring each pair together from its first place."""
    places = np.array(layout.start)
    a, b = np.array(pattern.edges, dtype=np.int64).reshape(-1, 2).T
    return int((layout.graph.distances[places[a], places[b]] - 1).sum())


def _put_on_line(qubits: int, device: Graph, seed: int) -> tuple[Layout, ...]:
    line = Graph(qubits, tuple(pairwise(range(qubits))))
    places = find_embedding(line, device, seed)
    return (Layout(places, line, tuple(range(qubits)), _FEW_SWAPS),) if places else ()


def _put_on_caterpillar(pattern: Graph, device: Graph) -> Layout:
    """Put qubits along a path and next to it, those with the most partners first."""
    region, tree = find_caterpillar(device, pattern.size)
    order = sorted(range(pattern.size), key=lambda q: -len(pattern.neighbors[q]))
    start = tuple(map(order.index, range(pattern.size)))
    return Layout(region, tree, start, _FEW_SWAPS_ON_TREES)


def _spare_a_pair(pattern: Graph, device: Graph, seed: int) -> tuple[Layout, ...]:
    """Put all pairs but one on couplers, and that one across spare qubits, or else anywhere."""
    # An odd ring, on a device that has only even ones, is the longer ring with one place to spare.
    for spare in range(1, min(_MOST_SPARE, device.size - pattern.size) + 1):
        for layout in _replace_a_pair(pattern, device, seed, spare, _STRETCHES):
            return (layout,)
    opened = _replace_a_pair(pattern, device, seed, 0, max(_STRETCHES, _OPENED // pattern.size))
    return tuple(sorted(opened, key=partial(_count_swaps, pattern))[:1])


def _replace_a_pair(
    pattern: Graph, device: Graph, seed: int, spare: int, most: int
) -> Iterator[Layout]:
    """Yield layouts in which a path over spare qubits, if any, is in place of a pair."""
    for pair in pattern.edges[:: 1 + len(pattern.edges) // most]:
        rest = Graph(pattern.size, tuple(each for each in pattern.edges if each != pair))
        changed = _add_path(rest, pair, spare) if spare else rest
        places = find_embedding(changed, device, seed, attempts=1)
        if places is not None:
            yield make_layout(places, device, pattern.size, _FEW_SWAPS_ON_TREES)


def _add_path(graph: Graph, ends: tuple[int, int], count: int) -> Graph:
    """Return the graph with a path over ``count`` new vertices between two."""
    path = pairwise((ends[0], *range(graph.size, graph.size + count), ends[1]))
    edges = (*graph.edges, *((min(pair), max(pair)) for pair in path))
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
    return make_layout(region, device, qubits, _WEIGHTS[k // 2 % len(_WEIGHTS)], 2 * (k // 8))
