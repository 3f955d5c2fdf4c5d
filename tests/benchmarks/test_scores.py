from __future__ import annotations

import pytest

from benchmarks.depth.qasm import Cost
from benchmarks.depth.scores import Best, Score, compute_ratio, find_best, select_ordinary
from benchmarks.depth.table import make_tables


def line(peer: str, shallowest: tuple[int, int], smallest: tuple[int, int]) -> dict:
    found = [
        {"attempt": peer[0], "depth": depth, "gates": gates}
        for depth, gates in (shallowest, smallest)
    ]
    return {"peer": peer, "case": "c", "shallowest": found[0], "smallest": found[1], "faults": {}}


def score(ours: tuple[int, int] | None, aware: tuple[int, int], **changes) -> Score:
    peers = Best(Cost(*aware), Cost(*aware), "them", "them")
    own = Cost(*ours) if ours else None
    values = {
        "name": "c",
        "pattern": "ring",
        "routing": True,
        "ours": own,
        "sparing": own,
        "ordinary": Best(Cost(20, 40), Cost(20, 40), "them", "them"),
        "aware": peers,
        "seconds": 1.0,
        "qiskit_seconds": 2.0,
        "fault": None if ours else "expectations deviate",
    }
    return Score(**{**values, **changes})


def test_depth_and_gates_may_be_best_in_different_peers():
    lines = [line("qiskit_o3", (5, 9), (6, 8)), line("tket_aware", (5, 10), (9, 7))]
    found = find_best(lines)
    assert (found.shallowest, found.smallest) == (Cost(5, 9), Cost(9, 7))
    assert (found.shallowest_by, found.smallest_by) == ("qiskit_o3: q", "tket_aware: t")
    assert find_best(select_ordinary(lines)).smallest == Cost(6, 8)


def test_peers_without_a_result_are_passed_over():
    empty = {"peer": "bqskit_search", "shallowest": None, "smallest": None}
    assert find_best([empty, line("tket", (5, 9), (5, 9))]).shallowest == Cost(5, 9)
    with pytest.raises(ValueError, match="no peer"):
        find_best([empty])


@pytest.mark.parametrize(
    ("ours", "deeper", "larger"),
    [
        ((5, 9), False, False),
        ((5, 10), True, True),
        ((4, 99), False, True),
        ((6, 9), True, True),
        ((99, 8), True, False),
        (None, True, True),
    ],
)
def test_worse_is_deeper_or_has_more_gates_or_the_other_where_one_is_equal(ours, deeper, larger):
    found = score(ours, (5, 9))
    assert (found.deeper, found.larger) == (deeper, larger)


def test_ratios_are_geometric_means_without_empty_cases():
    scores = [score((1, 8), (2, 8)), score((8, 4), (4, 8)), score((0, 0), (0, 0))]
    found = compute_ratio(scores, "aware")
    assert (found.count, found.depth, found.gates) == (2, pytest.approx(1), pytest.approx(0.5**0.5))


def test_gates_are_compared_under_both_objectives():
    found = compute_ratio([score((1, 8), (2, 8), sparing=Cost(2, 4))], "aware")
    assert (found.gates, found.sparing) == (pytest.approx(1), pytest.approx(0.5))


def test_no_gates_against_some_count_as_one():
    assert compute_ratio([score((0, 0), (4, 2))], "aware").depth == pytest.approx(0.25)


def test_a_result_that_fails_is_shown_and_left_out():
    scores = [score(None, (5, 9)), score((5, 9), (5, 9))]
    means, cases, worse, left_out = make_tables(scores, [line("tket", (5, 9), (5, 9))])
    assert means.rows[0][2] == "1"
    assert cases.rows[0][2] == "failed"
    assert [(row[0], row[2]) for row in worse.rows] == [("depth", "failed"), ("gates", "failed")]
    assert left_out.rows == (("qslc", "c", "1", "expectations deviate"),)
    assert "| failed |" in cases.markdown()
