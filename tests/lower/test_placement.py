"""Graphs, embeddings and layouts."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qslc.ir.metrics import count_metrics
from qslc.lower.native import lower_to_native
from qslc.lower.placement import relocation
from qslc.lower.placement.caterpillar import find_caterpillar
from qslc.lower.placement.embedding import find_embedding
from qslc.lower.placement.graph import Graph, make_interaction_graph
from qslc.lower.placement.layout import propose_layouts
from qslc.lower.placement.relocation import Costs, find_cheapest_embedding
from qslc.lower.routing.swaps import insert_swaps
from qslc.spec.devices import GridDevice, HeavyHexDevice, build_device
from tests.lower.patterns import layered, pairs
from tests.lower.synthesis.samples import connected, couplers, graph, line, ring


def build_graph(chosen, qubits: int = 1) -> Graph:
    return couplers(build_device(chosen, qubits))


def build_pattern(name: str, n: int) -> Graph:
    return graph(n, pairs(name, n))


WEBER = build_graph("weber")
HEAVY_HEX = build_graph(HeavyHexDevice(heavy_hex=7))
GRID = build_graph(GridDevice(grid=(20, 20)))


@pytest.mark.parametrize("name", ["ring", "rainbow", "line"])
def test_a_spanning_tree_has_the_distances_from_its_center(name):
    whole = build_graph(name, 9)
    tree = whole.spanning_tree
    assert set(tree.edges) <= set(whole.edges)
    assert (len(tree.edges), len(tree.components)) == (whole.size - 1, 1)
    center = int(whole.distances.max(axis=1).argmin())
    assert (tree.distances[center] == whole.distances[center]).all()


def fits(places, pattern: Graph, host: Graph) -> bool:
    edges = {tuple(sorted((places[a], places[b]))) for a, b in pattern.edges}
    return len(set(places)) == pattern.size and edges <= set(host.edges)


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
    wanted = build_pattern(pattern, n)
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
    assert find_embedding(build_pattern(pattern, n), host, seed=0) is None


def test_a_pattern_with_the_numbers_of_the_device_stays_as_it_is():
    host = build_graph(GridDevice(grid=(1, 6)))
    assert find_embedding(line(5), host, 3) == (0, 1, 2, 3, 4)


def test_parts_of_a_pattern_may_lie_apart():
    pattern, host = Graph(4, ((0, 3), (1, 2))), Graph(5, ((0, 2), (1, 3)))
    assert fits(find_embedding(pattern, host, seed=0), pattern, host)


@given(st.data())
def test_a_part_of_a_graph_is_found_in_it(data):
    size = data.draw(st.integers(1, 9))
    possible = [*combinations(range(size), 2)]
    host = graph(size, data.draw(st.sets(st.sampled_from(possible))) if possible else ())
    names = data.draw(st.permutations(range(size)))[: data.draw(st.integers(1, size))]
    whole = host.subgraph(names)
    kept = data.draw(st.sets(st.sampled_from(whole.edges))) if whole.edges else ()
    pattern = graph(whole.size, kept)
    places = find_embedding(pattern, host, seed=data.draw(st.integers(0, 5)))
    assert places is not None
    assert fits(places, pattern, host)


SQUARE, TWELVE = build_graph(GridDevice(grid=(4, 4))), ring(12)


def costs(seed: int) -> Costs:
    rng = np.random.default_rng(seed)
    edge = np.full((16, 16), np.inf)
    for a, b in SQUARE.edges:
        edge[a, b] = edge[b, a] = rng.uniform()
    weighted = {pair: (k + 1) * edge for k, pair in enumerate(TWELVE.edges)}
    return Costs(rng.uniform(size=(12, 16)), weighted)


def total(places: tuple[int, ...], chosen: Costs) -> float:
    alone = sum(chosen.vertex[vertex, place] for vertex, place in enumerate(places))
    return alone + sum(chosen.weigh_edge(a, b)[places[a], places[b]] for a, b in TWELVE.edges)


@pytest.mark.parametrize("width", [1, 2, 4, 8])
@pytest.mark.parametrize("seed", range(4))
def test_however_narrow_it_is_never_worse(width, seed, monkeypatch):
    # A ring on a grid closes for few of the partial placements that a narrow beam keeps.
    monkeypatch.setattr(relocation, "_WIDEST", width)
    monkeypatch.setattr(relocation, "_NARROWEST", width)
    first, chosen = find_embedding(TWELVE, SQUARE, 0), costs(seed)
    places = find_cheapest_embedding(TWELVE, SQUARE, chosen, first)
    assert len({*places}) == 12
    assert total(places, chosen) <= total(first, chosen) < np.inf


def test_a_wide_beam_finds_better_places():
    first, chosen = find_embedding(TWELVE, SQUARE, 0), costs(0)
    best = find_cheapest_embedding(TWELVE, SQUARE, chosen, first)
    assert total(best, chosen) < 0.9 * total(first, chosen)


@pytest.mark.parametrize(
    ("spec", "size", "away"),
    [(GridDevice(grid=(3, 4)), 9, 2), (HeavyHexDevice(heavy_hex=3), 15, 2)],
)
def test_a_ring_that_does_not_fit_is_stretched_at_one_pair(spec, size, away):
    host = build_graph(spec, size)
    first = propose_layouts(ring(size), host, 1, 0)[0]
    places = [first.region[place] for place in first.start]
    distances = sorted(int(host.distances[places[a], places[b]]) for a, b in ring(size).edges)
    assert distances == [1] * (size - 1) + [away]


def test_a_star_is_not_stretched_and_first_has_room_around_it():
    first = propose_layouts(build_pattern("star", 9), build_graph(GridDevice(grid=(4, 4))), 1, 0)[0]
    assert len(first.region) == 9 + 1 + 9 // 4


def test_layouts_of_no_pair():
    assert len(propose_layouts(Graph(3, ()), line(4), 2, 0)) == 2


@given(connected(2, 9), st.data())
def test_what_hangs_on_a_path_is_a_tree_in_the_device(host, data):
    size = data.draw(st.integers(1, host.size))
    places, tree = find_caterpillar(host, size)
    assert len({*places}) == size == tree.size
    assert len(tree.edges) == size - 1
    assert len(tree.components) == 1
    assert {(min(places[a], places[b]), max(places[a], places[b])) for a, b in tree.edges} <= {
        *host.edges
    }


def test_the_ends_of_a_line_hang_on_its_path():
    places, tree = find_caterpillar(line(6), 6)
    assert places in ((1, 0, 2, 3, 4, 5), (4, 5, 3, 2, 1, 0))
    assert sorted(map(len, tree.neighbors)) == [1, 1, 2, 2, 2, 2]


def test_a_chip_with_corners_has_a_path_that_passes_them_all():
    """No path of fewer than 11 of its 23 qubits is next to every other one."""
    places, tree = find_caterpillar(build_graph("rainbow"), 23)
    assert len(places) == 23
    assert sum(len(each) > 1 for each in tree.neighbors) <= 11


@pytest.mark.parametrize(("rows", "qubits", "moves"), [(3, 8, 1), (3, 9, 2), (3, 15, 4)])
def test_the_center_of_a_star_walks_along_it(rows, qubits, moves):
    """Every leaf costs a gate, and every step that the center takes one more."""
    target = build_device(GridDevice(grid=(rows, 5)), qubits)
    host = couplers(target)
    program = layered("star", qubits, 1)
    layout = propose_layouts(make_interaction_graph(program), host, 2, 0)[0]
    (candidate,) = insert_swaps(program, [layout], host.size)
    assert (
        count_metrics(lower_to_native(candidate.program, target)).two_qubit_gates
        <= qubits - 1 + moves
    )
