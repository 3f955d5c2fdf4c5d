from __future__ import annotations

from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.walk import shortest_walk
from tests.lower.synthesis.samples import connected


@given(connected(), st.data())
def test_a_walk_meets_every_leaf_or_a_neighbour_of_it(host, data):
    size = data.draw(st.integers(1, host.size))
    walk = shortest_walk(host, size, data.draw(st.integers(1, 4)))
    if walk is None:
        return
    assert len({*walk.places}) == len(walk.places) == size
    legs = [leg for met in walk.legs for leg in met]
    assert len(walk.legs) == len(walk.path)
    assert {*walk.feet} <= {*legs}
    together = [
        *zip(walk.path, walk.path[1:], strict=False),
        *((here, leg) for here, met in zip(walk.path, walk.legs, strict=True) for leg in met),
        *walk.feet.items(),
    ]
    assert {tuple(sorted(pair)) for pair in together} <= {*host.edges}


@given(connected(2, 6), st.data())
def test_no_walk_on_a_small_graph_is_cheaper(host, data):
    size = data.draw(st.integers(2, host.size))
    blocks = data.draw(st.integers(1, 4))
    walk = shortest_walk(host, size, blocks)
    least = min(_extras(host, size, blocks), default=None)
    assert (walk.surplus(blocks) if walk else None) == least


def _extras(host: Graph, size: int, blocks: int):
    """The extra gates of every walk there is, by trying all paths."""
    for steps in range(size):
        for path in permutations(range(host.size), steps + 1):
            if any(b not in host.neighbours[a] for a, b in pairwise(path)):
                continue
            legs = {v for here in path for v in host.neighbours[here]} - {*path}
            missing = max(0, size - len(path) - len(legs))
            if missing <= _most_feet(host, sorted(legs), {*path, *legs}):
                yield blocks * steps + missing


def _most_feet(host: Graph, legs: list[int], taken: set[int]) -> int:
    if not legs:
        return 0
    free = [v for v in host.neighbours[legs[0]] if v not in taken]
    return max(
        _most_feet(host, legs[1:], taken),
        *(1 + _most_feet(host, legs[1:], taken | {v}) for v in free),
        0,
    )


@pytest.mark.parametrize(
    ("edges", "size", "steps", "feet"),
    [
        ([(0, 1), (0, 2), (0, 3)], 4, 0, 0),
        ([(0, 1), (1, 2), (2, 3), (3, 4)], 5, 0, 2),
        ([(k, k + 1) for k in range(12)], 13, 8, 2),
    ],
    ids=["star", "line of five", "line of thirteen"],
)
def test_both_ends_of_a_line_are_feet(edges, size, steps, feet):
    walk = shortest_walk(Graph(size, tuple(edges)), size, 4)
    assert (len(walk.path) - 1, len(walk.feet)) == (steps, feet)


def test_there_is_no_walk_on_too_few_vertices():
    assert shortest_walk(Graph(3, ((0, 1), (1, 2))), 4, 1) is None
