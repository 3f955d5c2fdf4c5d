from __future__ import annotations

from collections import Counter

import pytest
import rustworkx as rx

from benchmarks.depth.suite import DEVICES, FALCON, PATTERNS, Case, make_eagle, make_suite
from benchmarks.depth.tasks import make_task, needs_routing


def test_every_pattern_is_equally_often_on_every_device():
    pairs = Counter((case.pattern, case.device) for case in make_suite())
    assert len(pairs) == len(PATTERNS) * len(DEVICES)
    assert set(pairs.values()) == {2}


@pytest.mark.parametrize("pattern", PATTERNS)
def test_sizes_span_their_range_in_every_pattern(pattern):
    qubits, layers = zip(
        *((case.qubits, case.layers) for case in make_suite() if case.pattern == pattern),
        strict=True,
    )
    assert (min(layers), max(layers)) == (1, 8)
    assert min(qubits) == 4
    assert max(qubits) in (23, 24)  # 23 where the largest case goes to Rainbow


def test_encoders_and_observables_are_balanced():
    assert set(Counter(case.encoder for case in make_suite()).values()) == {42}
    kinds = Counter(case.measure if case.measure in ("z", "zz") else "one" for case in make_suite())
    assert max(kinds.values()) - min(kinds.values()) <= len(PATTERNS)


def test_names_are_unique_and_the_order_is_fixed():
    assert len({case.name for case in make_suite()}) == len(make_suite())
    assert make_suite() == make_suite()


def test_tasks_do_not_change_between_calls():
    case = Case("ring", "grid", 5, 2, "angle", "zz")
    assert make_task(case).digest == make_task(case).digest
    assert make_task(case).digest != make_task(Case("ring", "grid", 5, 2, "angle", "z")).digest


@pytest.mark.parametrize("edges, qubits, couplers", [(FALCON, 27, 28), (make_eagle(), 127, 144)])
def test_heavy_hexagonal_chips(edges, qubits, couplers):
    graph = rx.PyGraph()
    graph.extend_from_edge_list(list(edges))
    assert (len(graph), len(set(edges))) == (qubits, couplers)
    assert rx.is_connected(graph) and rx.is_bipartite(graph)
    assert max(graph.degree(node) for node in graph.node_indices()) == 3


@pytest.mark.parametrize(
    ("pattern", "device", "qubits", "routing"),
    [
        ("linear", "line", 24, False),
        ("ring", "line", 6, True),
        ("ring", "ring", 7, False),
        ("ring", "grid", 24, False),
        ("ring", "grid", 7, True),
        ("ring", "heavy_hex_127", 12, False),
        ("ring", "heavy_hex_127", 10, True),
        ("star", "grid", 5, False),
        ("star", "grid", 6, True),
        ("all_to_all", "weber", 4, True),
    ],
)
def test_what_needs_routing(pattern, device, qubits, routing):
    assert needs_routing(make_task(Case(pattern, device, qubits, 1, "angle", "z"))) is routing
