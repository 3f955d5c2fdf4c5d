"""The verdict on each figure, on both sides of its threshold."""

from __future__ import annotations

import pytest

from qslc.report.analysis import verdicts
from qslc.report.analysis.tiles import Tile, in_short


def case(divergence: float, real: float | None = None, resolved: bool = True) -> dict:
    return {"divergence": divergence, "real_divergence": real, "resolved": resolved}


@pytest.mark.parametrize(
    ("verdict", "tone", "words"),
    [
        (verdicts.expressibility(case(0.01)), "fine", "nearly at random"),
        (verdicts.expressibility(case(0.1)), "fine", "another layer would reach more"),
        (verdicts.expressibility(case(0.5)), "change", "add a layer"),
        (verdicts.expressibility(case(0.5, real=0.01)), "fine", "nearly at random"),
        (verdicts.expressibility(case(9.0, resolved=False)), "fine", "Nothing to see"),
        (verdicts.entanglement({"mean": 0.8, "haar": 0.9}), "fine", "89 %"),
        (verdicts.entanglement({"mean": 0.2, "haar": 0.9}), "change", "Entangle more pairs"),
        (verdicts.entanglement({"mean": 0.0, "haar": 0.0}), "fine", "100 %"),  # one qubit
        (verdicts.gradient(0.005, 0.5, 7), "fine", "about 100 shots; each further qubit"),
        (verdicts.gradient(0.005, 0.5, 7), "fine", "multiplies that by 2"),
        (verdicts.gradient(0.005, 1.1, 7), "fine", "about 100 shots."),
        (verdicts.gradient(4.9e-5, 0.5, 14), "change", "about 10,000 shots. Use fewer"),
        (verdicts.gradient(0.0, 0.5, 7), "change", "nothing can be trained"),
        (verdicts.gradient(1e-300, 0.5, 900), "change", "countless shots"),
        (verdicts.dead_weights(()), "fine", "No weight"),
        (verdicts.dead_weights(("theta_1",)), "change", "theta_1 can change no output"),
        (verdicts.directions(4, 4, ()), "fine", "Every weight"),
        (verdicts.directions(3, 4, ["a"]), "change", "1 weight adds no direction: freeze a, or"),
        (verdicts.directions(1, 4, ()), "change", "3 weights add no direction: use fewer"),
        (verdicts.effective_dimension(0.9), "fine", "equally"),
        (verdicts.effective_dimension(0.2), "change", "hardly"),
        (verdicts.initial_angles("scaled normal", ""), "fine", "own start"),
        (verdicts.initial_angles("uniform", "angle_deviation=3"), "change", "angle_deviation=3"),
        (verdicts.cost(1_000_000, 1000), "fine", "100 %"),
        (verdicts.cost(7_090_000, 1000), "change", "7.09 times what a projection 1,000 wide"),
    ],
)
def test_verdicts(verdict, tone, words):
    assert verdict.tone == tone
    assert words in verdict.text


def test_the_variance_is_measured_where_it_can_be_and_else_on_the_curve():
    curve = {
        "ensemble": "zero",
        "initialisation": "uniform",
        "decay": {"scale": 2.0, "rate": 0.0},
    }
    other = {"ensemble": "features", "initialisation": "uniform", "mean": 0.5}
    own = {"ensemble": "zero", "initialisation": "uniform", "mean": 0.25}
    analysis = {"circuit": {"qubits": 30}, "gradients": [other, own]}
    assert verdicts.variance_at(analysis, curve) == 0.25
    assert verdicts.variance_at(analysis | {"gradients": None}, curve) == 2.0


def test_in_short():
    fine, change = verdicts.Verdict("fine", ""), verdicts.Verdict("change", "")
    one, two = Tile("one", "", "", fine), Tile("two", "", "", change)
    assert in_short([one]) == "The one figure is fine."
    assert in_short([one, one]) == "All 2 figures are fine."
    assert in_short([one, two, two]) == "1 of 3 figures is fine; change: two."
    assert in_short([one, one, two]) == "2 of 3 figures are fine; change: two."
