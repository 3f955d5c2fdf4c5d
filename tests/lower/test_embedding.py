from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qslc.lower.placement.embedding import find_embedding
from qslc.lower.placement.graph import Graph
from qslc.spec.devices import GridDevice, HeavyHexDevice, build_device
from tests.lower.patterns import pairs


def graph(pattern: str, n: int) -> Graph:
    return Graph(n, tuple(sorted({(min(p), max(p)) for p in pairs(pattern, n)})))


def couplers(chosen) -> Graph:
    built = build_device(chosen, 1)
    return Graph(len(built.coordinates), built.edges)


WEBER = couplers("weber")
HEAVY_HEX = couplers(HeavyHexDevice(heavy_hex=7))
GRID = couplers(GridDevice(grid=(20, 20)))


def fits(places, pattern: Graph, host: Graph) -> bool:
    coupled = set(host.edges)
    return len(set(places)) == pattern.size and all(
        (min(places[a], places[b]), max(places[a], places[b])) in coupled for a, b in pattern.edges
    )


@pytest.mark.parametrize(
    ("pattern", "n", "host"),
    [
        *(("ring", n, WEBER) for n in range(4, 49, 2)),
        *(("linear", n, WEBER) for n in range(2, 50)),
        *(("star", n, WEBER) for n in (2, 3, 4, 5)),
        *(("brick", n, HEAVY_HEX) for n in (3, 10, 40, 80)),
        *(("ring", n, HEAVY_HEX) for n in (12, 18, 20, 24)),
        ("linear", 400, GRID),
        ("ring", 200, GRID),
    ],
)
def test_patterns_that_fit_are_placed(pattern, n, host):
    wanted = graph(pattern, n)
    places = find_embedding(wanted, host, seed=0)
    assert places is not None
    assert fits(places, wanted, host)


@pytest.mark.parametrize(
    ("pattern", "n", "host"),
    [
        ("ring", 11, WEBER),
        ("star", 6, WEBER),
        ("all_to_all", 4, WEBER),
        ("linear", 50, WEBER),  # 24 qubits of one color: a path holds at most 49
        ("linear", 54, WEBER),
        ("ring", 14, HEAVY_HEX),
        ("star", 5, HEAVY_HEX),
    ],
)
def test_patterns_that_do_not_fit_are_refused(pattern, n, host):
    assert find_embedding(graph(pattern, n), host, seed=0) is None


def test_a_pattern_with_the_numbers_of_the_device_stays_as_it_is():
    host = couplers(GridDevice(grid=(1, 6)))
    assert find_embedding(graph("linear", 5), host, 3) == (0, 1, 2, 3, 4)


def test_parts_of_a_pattern_may_lie_apart():
    pattern, host = Graph(4, ((0, 3), (1, 2))), Graph(5, ((0, 2), (1, 3)))
    assert fits(find_embedding(pattern, host, seed=0), pattern, host)


@given(st.data())
def test_a_part_of_a_graph_is_found_in_it(data):
    size = data.draw(st.integers(1, 9))
    possible = [(a, b) for b in range(size) for a in range(b)]
    chosen = data.draw(st.sets(st.sampled_from(possible))) if possible else set()
    host = Graph(size, tuple(sorted(chosen)))
    names = data.draw(st.permutations(range(size)))[: data.draw(st.integers(1, size))]
    whole = host.subgraph(names)
    kept = data.draw(st.sets(st.sampled_from(whole.edges))) if whole.edges else set()
    pattern = Graph(whole.size, tuple(sorted(kept)))
    places = find_embedding(pattern, host, seed=data.draw(st.integers(0, 5)))
    assert places is not None
    assert fits(places, pattern, host)
