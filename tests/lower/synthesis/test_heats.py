from __future__ import annotations

import pytest

from qslc.lower.coupling import Graph
from qslc.lower.layout import Trial
from qslc.lower.routing import Style
from qslc.lower.synthesis.heats import ENTRANTS, promising
from qslc.lower.synthesis.problem import problem
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import line

FOLDED = (0, 1, 3, 5, 7, 9, 11, 13, 15, 14, 12, 10, 8, 6, 4, 2)


def trial(start: tuple[int, ...], graph: Graph) -> Trial:
    return Trial(tuple(range(graph.size)), graph, start, 0, Style(1.0, 0.1))


@pytest.mark.parametrize("objective", ["depth", "gates"])
def test_a_ring_is_searched_from_where_it_lies_folded_on_a_line(objective):
    natural, folded = trial(tuple(range(16)), line(16)), trial(FOLDED, line(16))
    found, effort = promising(problem(layered("ring", 16, 4)), [natural, folded], objective)
    assert found == [folded]
    assert effort > 0


def test_equal_places_run_once_and_no_more_than_some_run():
    whole = problem(layered("ring", 6, 2))
    rotated = [trial(tuple((q + k) % 6 for q in range(6)), line(6)) for k in range(6)]
    once, effort = promising(whole, rotated[:1], "depth")
    assert promising(whole, rotated[:1] * 3, "depth") == (once, effort)
    assert len(promising(whole, rotated, "depth")[0]) <= ENTRANTS


def test_a_program_of_one_layer_has_nothing_to_race_for():
    found, _ = promising(problem(layered("ring", 4, 1)), [trial((0, 1, 2, 3), line(4))], "gates")
    assert len(found) == 1
