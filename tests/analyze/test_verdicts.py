"""The verdict on each figure, on both sides of its threshold."""

from __future__ import annotations

import pytest

from qslc.report.analysis.cost import judge_cost
from qslc.report.analysis.gradients import estimate_variance, judge_gradient
from qslc.report.analysis.initial_angles import judge_initial_angles
from qslc.report.analysis.page import summarize
from qslc.report.analysis.states import judge_entanglement, judge_expressibility
from qslc.report.analysis.weights import (
    judge_dead_weights,
    judge_directions,
    judge_effective_dimension,
)
from qslc.report.sections import Tile, Verdict


def make_case(divergence: float, real: float | None = None, resolved: bool = True) -> dict:
    return {"divergence": divergence, "real_divergence": real, "resolved": resolved}


@pytest.mark.parametrize(
    ("verdict", "tone", "words"),
    [
        (judge_expressibility(make_case(0.01)), "fine", "nearly at random"),
        (judge_expressibility(make_case(0.1)), "fine", "another layer would reach more"),
        (judge_expressibility(make_case(0.5)), "change", "add a layer"),
        (judge_expressibility(make_case(0.5, real=0.01)), "fine", "nearly at random"),
        (judge_expressibility(make_case(9.0, resolved=False)), "fine", "Nothing to see"),
        (judge_entanglement({"mean": 0.8, "haar": 0.9}), "fine", "89 %"),
        (judge_entanglement({"mean": 0.2, "haar": 0.9}), "change", "Entangle more pairs"),
        (judge_entanglement({"mean": 0.0, "haar": 0.0}), "fine", "100 %"),  # one qubit
        (judge_gradient(0.005, 0.5, 7), "fine", "about 100 shots; each further qubit"),
        (judge_gradient(0.005, 0.5, 7), "fine", "multiplies that by 2"),
        (judge_gradient(0.005, 1.1, 7), "fine", "about 100 shots."),
        (judge_gradient(4.9e-5, 0.5, 14), "change", "about 10,000 shots. Use fewer"),
        (judge_gradient(0.0, 0.5, 7), "change", "nothing can be trained"),
        (judge_gradient(1e-300, 0.5, 900), "change", "countless shots"),
        (judge_dead_weights(()), "fine", "No weight"),
        (judge_dead_weights(("theta_1",)), "change", "theta_1 can change no output"),
        (judge_directions(4, 4, ()), "fine", "Every weight"),
        (judge_directions(3, 4, ["a"]), "change", "1 weight adds no direction: freeze a, or"),
        (judge_directions(1, 4, ()), "change", "3 weights add no direction: use fewer"),
        (judge_effective_dimension(0.9), "fine", "equally"),
        (judge_effective_dimension(0.2), "change", "hardly"),
        (judge_initial_angles("scaled normal", ""), "fine", "own start"),
        (judge_initial_angles("uniform", "angle_deviation=3"), "change", "angle_deviation=3"),
        (judge_cost(1_000_000, 1000), "fine", "100 %"),
        (judge_cost(7_090_000, 1000), "change", "7.09 times what a projection 1,000 wide"),
    ],
)
def test_verdicts(verdict, tone, words):
    assert verdict.tone == tone
    assert words in verdict.text


def test_the_variance_is_measured_where_it_can_be_and_else_on_the_curve():
    zero = {"ensemble": "zero", "initialisation": "uniform"}
    curve, own = zero | {"decay": {"scale": 2.0, "rate": 0.0}}, zero | {"mean": 0.25}
    other = own | {"ensemble": "features", "mean": 0.5}
    analysis = {"circuit": {"qubits": 30}, "gradients": [other, own]}
    assert estimate_variance(analysis, curve) == 0.25
    assert estimate_variance(analysis | {"gradients": None}, curve) == 2.0


def test_summary():
    fine, change = Verdict("fine", ""), Verdict("change", "")
    one, two = Tile("one", "", "", fine), Tile("two", "", "", change)
    assert summarize([one]) == "The one figure is fine."
    assert summarize([one, one]) == "All 2 figures are fine."
    assert summarize([one, two, two]) == "1 of 3 figures is fine; change: two."
    assert summarize([one, one, two]) == "2 of 3 figures are fine; change: two."
