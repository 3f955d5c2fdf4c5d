from __future__ import annotations

from itertools import pairwise

import pytest

from qslc.lower.placement.graph import Graph
from qslc.lower.placement.layout import propose_layouts
from qslc.spec.devices import GridDevice, HeavyHexDevice, build_device


def ring(n: int) -> Graph:
    return Graph(n, tuple(sorted(tuple(sorted(pair)) for pair in pairwise([*range(n), 0]))))


def graph(spec, qubits: int) -> Graph:
    built = build_device(spec, qubits)
    return Graph(len(built.coordinates), built.edges)


@pytest.mark.parametrize(
    ("spec", "size", "away"),
    [(GridDevice(grid=(3, 4)), 9, 2), (HeavyHexDevice(heavy_hex=3), 15, 2)],
)
def test_a_ring_that_does_not_fit_is_stretched_at_one_pair(spec, size, away):
    host = graph(spec, size)
    first = propose_layouts(ring(size), host, 1, 0)[0]
    places = [first.region[place] for place in first.start]
    distances = sorted(int(host.distances[places[a], places[b]]) for a, b in ring(size).edges)
    assert distances == [1] * (size - 1) + [away]


def test_a_star_is_not_stretched_and_first_has_room_around_it():
    star = Graph(9, tuple((0, k) for k in range(1, 9)))
    first = propose_layouts(star, graph(GridDevice(grid=(4, 4)), 9), 1, 0)[0]
    assert len(first.region) == 9 + 1 + 9 // 4


def test_trials_without_a_pair():
    assert len(propose_layouts(Graph(3, ()), graph("line", 4), 2, 0)) == 2
