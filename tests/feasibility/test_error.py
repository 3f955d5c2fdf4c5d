"""The predicted error is what corrected samples have."""

from __future__ import annotations

import math

import numpy as np
import pytest

from qslc.feasibility.error import Readings

RNG = np.random.default_rng(3)
IDEAL = RNG.normal(0, 0.2, (4000, 3)).clip(-0.9, 0.9)


def make_readings(means: np.ndarray, rescale: str = "per_readout_offset") -> Readings:
    return Readings(IDEAL, means, 1 - means**2, rescale)


@pytest.mark.parametrize("rescale", ["none", "global", "per_readout", "per_readout_offset"])
@pytest.mark.parametrize("shots", [100, 3000])
def test_error_of_samples(rescale: str, shots: int) -> None:
    means = 0.6 * IDEAL + (0.05 if rescale.endswith("offset") else 0) + 0.02 * IDEAL**2
    readings = make_readings(means, rescale)
    drawn = 2 * RNG.binomial(shots, (1 + means) / 2) / shots - 1
    fit, test = slice(0, None, 2), slice(1, None, 2)
    if rescale == "none":
        corrected = drawn[test]
    elif rescale == "global":
        corrected = drawn[test] * (IDEAL[fit] * drawn[fit]).sum() / (drawn[fit] ** 2).sum()
    else:
        columns = []
        for k in range(3):
            one = np.ones_like(drawn[:, k]) * rescale.endswith("offset")
            basis = np.stack([drawn[:, k], one], axis=1)
            best = np.linalg.lstsq(basis[fit], IDEAL[fit, k], rcond=None)[0]
            columns.append(basis[test] @ best)
        corrected = np.stack(columns, axis=1)
    measured = math.sqrt(np.mean((corrected - IDEAL[test]) ** 2) / np.mean(IDEAL[test] ** 2))
    assert readings.predict_error(shots) == pytest.approx(measured, rel=0.05)


def test_a_factor_and_an_offset_are_corrected() -> None:
    assert make_readings(0.3 * IDEAL - 0.1).predict_error() < 1e-9
    assert make_readings(0.3 * IDEAL, "global").predict_error() < 1e-9
    assert make_readings(0.3 * IDEAL, "none").predict_error() == pytest.approx(0.7)


def test_lost_readouts_do_not_explode() -> None:
    readings = make_readings(np.zeros_like(IDEAL))
    assert 0.95 < readings.predict_error(10) < 1.05


def test_more_shots_are_better_and_suffice() -> None:
    readings = make_readings(0.5 * IDEAL + 0.1 * IDEAL**2)
    errors = [readings.predict_error(shots) for shots in (100, 1000, 10_000)]
    assert errors == sorted(errors, reverse=True)
    shots = readings.find_shots(0.2)
    assert shots is not None
    assert readings.predict_error(shots) <= 0.2 < readings.predict_error(shots - 1)
    assert readings.find_shots(readings.predict_error() / 2) is None


def test_fewer_tokens_do_not_flatter() -> None:
    means = 0.5 * IDEAL + RNG.normal(0, 0.05, IDEAL.shape)
    many = make_readings(means).predict_error()
    few = [
        Readings(
            IDEAL[i : i + 8], means[i : i + 8], 1 - means[i : i + 8] ** 2, "per_readout_offset"
        )
        for i in range(0, 4000, 8)
    ]
    square = np.mean([each.predict_error() ** 2 * np.mean(each.ideal**2) for each in few])
    assert math.sqrt(square / np.mean(IDEAL**2)) == pytest.approx(many, rel=0.05)


def test_nothing_to_compare_with() -> None:
    none = np.zeros((8, 2))
    assert math.isnan(Readings(none, none, none + 1, "per_readout").predict_error())
