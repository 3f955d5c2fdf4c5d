"""Intervals, fronts, convergence: against values worked out by hand or by scipy."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from qslc_study.page.chip import tabulate_conditions
from qslc_study.results.arms import ArmRuns
from qslc_study.results.chip import estimate_conditions
from qslc_study.results.measures import choose_level, measure_convergence
from qslc_study.results.statistics import are_apart, compare_paired, estimate, find_front


def test_the_interval_is_students():
    values = [3.1, 3.4, 3.2, 3.3, 3.9]
    found = estimate(values)
    low, high = stats.t.interval(0.95, 4, loc=found.mean, scale=stats.sem(values))
    assert (found.low, found.high) == pytest.approx((low, high))


def test_the_difference_is_paired():
    first, second = [1.0, 2.0, 3.0, 4.0], [1.1, 2.1, 3.1, 4.2]
    found = compare_paired(first, second)
    low, high = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.excludes_zero
    assert not compare_paired(first, first[::-1]).excludes_zero
    assert not are_apart(estimate(first), estimate(second))
    assert are_apart(estimate([1.0, 1.1, 1.0]), estimate([5.0, 5.1, 5.0]))


def test_one_value_has_no_interval():
    found = estimate([2.0])
    assert (found.mean, found.low, found.excludes_zero) == (2.0, None, False)
    assert not are_apart(found, estimate([9.0, 9.0]))


@given(
    st.dictionaries(st.text("abcdef", min_size=1), st.tuples(st.integers(1, 9), st.integers(0, 9)))
)
def test_no_arm_on_the_front_is_beaten_and_every_other_is(arms):
    sizes = {name: size for name, (size, _) in arms.items()}
    losses = {name: float(loss) for name, (_, loss) in arms.items()}
    front = find_front(sizes, losses)
    for name in arms:
        rivals = [losses[other] for other in arms.keys() - {name} if sizes[other] <= sizes[name]]
        beaten, equal = any(loss < losses[name] for loss in rivals), losses[name] in rivals
        assert (name in front) <= (not beaten)
        assert (name in front) or beaten or equal


def make_record(validation, losses, seconds):
    identity = {"training": {"steps": len(losses)}}
    return {"identity": identity, "validation": validation, "losses": losses, "seconds": seconds}


def test_early_convergence():
    looks = [(0, 4.0), (4, 3.0), (8, 2.0)]
    losses = [4.0, 3.0, 4.0, 3.0, 3.0, 3.0, 2.0, 2.0]
    found = measure_convergence(make_record(looks, losses, [1.0] * 4 + [3.0] * 4), 2.5)
    assert found["reach_steps"] == pytest.approx(6.0)
    assert found["reach_seconds"] == pytest.approx(4 + 2 * 3)
    assert found["early_loss"] == pytest.approx(3.75)  # of steps 0 to 2: 4 falling to 3.5
    assert found["early_jumps"] == pytest.approx(1.0)
    assert "reach_steps" not in measure_convergence(make_record(looks, losses, [1.0] * 8), 1.9)
    assert measure_convergence(make_record(looks, losses, [1.0] * 8), 5.0)["reach_seconds"] == 0.0


def test_the_level_is_one_that_every_run_reaches():
    assert choose_level([[(0, 4.0), (9, 2.0)], [(0, 4.0), (9, 3.0)]]) == pytest.approx(3.5)


def make_arm(losses, untrained=3.0, off_chip=2.0):
    """An arm whose runs were tested under two conditions: calibrated, with shots, or not."""
    tests = [
        {
            "untrained": untrained,
            "off_chip": off_chip,
            "conditions": [
                {"shots": 100, "calibrate": calibrate, "loss": loss}
                for calibrate, loss in zip((0, 50), pair, strict=True)
            ],
        }
        for pair in losses
    ]
    records = [{"test": test, "diverged": False} for test in tests]
    return ArmRuns("arm", (), records, (), ())


def test_what_is_kept_on_a_chip_is_a_part_of_the_gain():
    raw, calibrated = estimate_conditions([make_arm([(3.5, 2.25), (3.3, 2.15)])])
    assert (raw["shots"], raw["calibrate"], raw["arm"]) == (100, 0, "arm")
    assert raw["loss"]["mean"] == pytest.approx(3.4)
    assert raw["kept"]["mean"] == pytest.approx(-0.4)  # worse than without sublayers
    assert calibrated["kept"]["values"] == pytest.approx((0.75, 0.85))
    rows = tabulate_conditions({"chip": [raw, calibrated]}).rows
    assert rows[1] == ("arm", "100", "50 tokens", "2.2000 ± 0.6353", "80.0 ± 63.5")


@pytest.mark.parametrize("arm", [make_arm([(1, 1)], off_chip=3.1), make_arm([(None, None)])])
def test_without_a_gain_or_a_loss_nothing_is_kept(arm):
    assert not estimate_conditions([arm])
