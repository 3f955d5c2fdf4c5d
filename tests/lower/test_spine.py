from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qslc.ir.metrics import count_metrics
from qslc.lower.native import lower_to_native
from qslc.lower.placement.graph import Graph, interaction_graph
from qslc.lower.placement.layout import propose_layouts
from qslc.lower.placement.spine import find_spine_tree
from qslc.lower.routing.swaps import insert_swaps
from qslc.spec.devices import GridDevice, build_device
from tests.lower.patterns import layered


@st.composite
def connected_graphs(draw):
    n = draw(st.integers(2, 9))
    tree = {(draw(st.integers(0, v - 1)), v) for v in range(1, n)}
    more = draw(st.sets(st.sampled_from([(a, b) for b in range(n) for a in range(b)]), max_size=4))
    return Graph(n, tuple(sorted(tree | more)))


@given(connected_graphs(), st.data())
def test_what_hangs_on_a_spine_is_a_tree_in_the_device(host, data):
    size = data.draw(st.integers(1, host.size))
    places, tree = find_spine_tree(host, size)
    assert len({*places}) == size == tree.size
    assert len(tree.edges) == size - 1
    assert len(tree.components) == 1
    assert {(min(places[a], places[b]), max(places[a], places[b])) for a, b in tree.edges} <= {
        *host.edges
    }


def test_the_ends_of_a_line_hang_on_its_spine():
    line = Graph(6, tuple((v, v + 1) for v in range(5)))
    places, tree = find_spine_tree(line, 6)
    assert places in ((1, 0, 2, 3, 4, 5), (4, 5, 3, 2, 1, 0))
    assert sorted(map(len, tree.neighbors)) == [1, 1, 2, 2, 2, 2]


def test_a_chip_with_corners_has_a_path_that_passes_them_all():
    """No path of fewer than 11 of its 23 qubits is next to every other one."""
    target = build_device("rainbow", 23)
    places, tree = find_spine_tree(Graph(23, target.edges), 23)
    assert len(places) == 23
    assert sum(len(each) > 1 for each in tree.neighbors) <= 11


@pytest.mark.parametrize(("rows", "qubits", "moves"), [(3, 8, 1), (3, 9, 2), (3, 15, 4)])
def test_the_center_of_a_star_walks_along_it(rows, qubits, moves):
    """Every leaf costs a gate, and every step that the center takes one more."""
    target = build_device(GridDevice(grid=(rows, 5)), qubits)
    host = Graph(len(target.coordinates), target.edges)
    program = layered("star", qubits, 1)
    trial = propose_layouts(interaction_graph(program.operations, qubits), host, 2, 0)[0]
    (candidate,) = insert_swaps(program, [trial], host.size)
    assert (
        count_metrics(lower_to_native(candidate.program, target)).two_qubit_gates
        <= qubits - 1 + moves
    )
