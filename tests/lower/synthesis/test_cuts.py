from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings

from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.cuts import Cuts, find_cuts
from qslc.spec.devices import HeavyHexDevice, build_device
from tests.lower.synthesis.samples import complete, connected, couplers, grid, line, ring, trees


def heavy_hex(vertices: int) -> Graph:
    """Some vertices of the lattice about its first one."""
    whole = couplers(build_device(HeavyHexDevice(heavy_hex=3), 1))
    return whole.subgraph(np.argsort(whole.distances[0], kind="stable")[:vertices].tolist())


def between(found: Cuts, v: int, w: int) -> int:
    return int((found.sides[::2, v] != found.sides[::2, w]).sum())


def assert_counts_distances(graph: Graph, halved: bool) -> None:
    found = find_cuts(graph)
    assert found.halved == halved
    assert found.tree == (len(graph.edges) == graph.size - 1)
    for v, w in combinations(range(graph.size), 2):
        assert between(found, v, w) == graph.distances[v, w] * (1 + halved)


@pytest.mark.parametrize(
    "graph",
    [
        *(line(n) for n in (3, 8)),
        *(ring(n) for n in (4, 6, 10)),
        *(grid(rows, columns) for rows, columns in ((2, 2), (2, 5), (3, 4))),
        *(heavy_hex(n) for n in (12, 16)),
    ],
)
def test_cuts_count_distances_in_partial_cubes(graph):
    assert_counts_distances(graph, halved=False)


@given(trees(least=3))
def test_each_coupler_of_a_tree_is_a_cut(graph):
    assert_counts_distances(graph, halved=False)
    assert len(find_cuts(graph).sides) == 2 * len(graph.edges)


@pytest.mark.parametrize("n", [5, 7, 9])
def test_two_cuts_are_a_step_of_an_odd_ring(n):
    assert_counts_distances(ring(n), halved=True)


def test_where_every_pair_is_coupled_there_is_nothing_to_cut():
    found = find_cuts(complete(5))
    assert (len(found.sides), found.halved, found.split.shape) == (0, False, (0, 10))


@settings(max_examples=100)
@given(connected())
def test_no_distance_is_overestimated(graph):
    found = find_cuts(graph)
    for v, w in combinations(range(graph.size), 2):
        assert between(found, v, w) <= graph.distances[v, w] * (1 + found.halved)


@settings(max_examples=100)
@given(connected())
def test_couplers_know_their_sides(graph):
    found = find_cuts(graph)
    assert (found.sides[::2] == ~found.sides[1::2]).all()
    assert list(zip(found.a.tolist(), found.b.tolist(), strict=True)) == list(graph.edges)
    for a, b, side, split in zip(found.a, found.b, found.side.T, found.split.T, strict=True):
        assert found.sides[side, a].all()
        assert (found.sides[side, b] != split).all()
        assert (side // 2 == np.arange(len(found.sides) // 2)).all()
        assert (side == found.side_of[:, a]).all()
    for vertex, rows in enumerate(found.side_of.T):
        assert found.sides[rows, vertex].all()


def test_near_are_the_couplers_of_some_vertices():
    found = find_cuts(line(5))
    near = found.select_near(np.arange(5) == 2)
    assert list(zip(near.a.tolist(), near.b.tolist(), strict=True)) == [(1, 2), (2, 3)]
    assert (near.side == found.side[:, 1:3]).all()
    assert (near.split == found.split[:, 1:3]).all()
    assert near.sides is found.sides


@pytest.mark.parametrize("distance", [3, 5, 7])
def test_cuts_lose_little_of_the_distances_where_rings_meet(distance):
    graph = couplers(build_device(HeavyHexDevice(heavy_hex=distance), 1))
    found = find_cuts(graph)
    ones = found.sides[::2].sum(axis=1)
    counted = 2 * (ones * (graph.size - ones)).sum() / (1 + found.halved)
    assert 0.99 < counted / graph.distances.sum() <= 1
