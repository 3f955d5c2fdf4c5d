"""Factors and offsets of readouts: what is fitted, and what noise does to it."""

from __future__ import annotations

import numpy as np
import pytest
from qslc_runtime.mitigation import Calibration, fit_calibration

RNG = np.random.default_rng


def measure(ideal, slopes, offsets, shots=None, seed=1):
    """Return readouts as a chip has them: scaled, moved, and sampled."""
    values = ideal * slopes + offsets
    if shots is None:
        return values
    return values + RNG(seed).normal(size=ideal.shape) * np.sqrt((1 - values**2) / shots)


def draw(tokens=400, readouts=5, seed=0):
    return RNG(seed).normal(0, 0.2, (tokens, readouts))


def test_exact_readouts_are_brought_back_exactly():
    ideal = draw()
    slopes, offsets = np.array([0.9, 0.7, 0.5, 0.3, -0.2]), np.array([0, 0.1, -0.1, 0.02, 0])
    found = fit_calibration(measure(ideal, slopes, offsets), ideal, source="lab")
    np.testing.assert_allclose(found.factors, 1 / slopes, rtol=1e-9)
    np.testing.assert_allclose(found.offsets, -offsets / slopes, atol=1e-9)
    np.testing.assert_allclose(found.slopes, slopes, rtol=1e-9)
    np.testing.assert_allclose(found.variance, slopes**-2.0, rtol=1e-9)
    assert not found.lost.any()
    assert np.max(found.bias) < 1e-9
    expected = np.sqrt(np.mean((ideal * (slopes - 1) + offsets) ** 2)) / np.sqrt(np.mean(ideal**2))
    assert found.to_json()["total_raw_bias"] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("rescale", ["global", "per_readout"])
def test_without_offsets_zero_stays_zero(rescale):
    ideal = draw()
    found = fit_calibration(measure(ideal, 0.5, 0.03), ideal, source="lab", rescale=rescale)
    assert not found.offsets.any()
    assert np.ptp(found.factors) == 0 if rescale == "global" else np.ptp(found.factors) > 0
    least = 0.5 * 0.04 / (0.25 * 0.04 + 0.03**2)
    np.testing.assert_allclose(found.factors, least, rtol=0.05)


def test_a_lost_readout_is_named_and_does_not_explode():
    ideal = draw(tokens=100)
    slopes = np.array([0.8, 0.0, 0.8, 1e-4, 0.8])
    found = fit_calibration(measure(ideal, slopes, 0.0, 1000), ideal, source="lab")
    assert found.lost.tolist() == [False, True, False, True, False]
    assert found.factors[[1, 3]].tolist() == [0, 0]
    assert "2 lost in noise" in str(found)
    # What is left of them is the mean of the ideal readouts, no worse than 0 by more than chance.
    corrected = found.apply(measure(ideal, slopes, 0.0, 1000, seed=2))
    assert np.mean((corrected - ideal) ** 2, axis=0)[1] < 1.05 * np.mean(ideal[:, 1] ** 2)


def test_noise_shrinks_factors_to_the_least_expected_error():
    ideal = draw(tokens=20_000, readouts=1)
    shots, slope = 40, 0.5
    found = fit_calibration(measure(ideal, slope, 0.0, shots), ideal, source="lab")
    fresh = measure(ideal, slope, 0.0, shots, seed=3)
    errors = {
        factor: np.mean((factor * fresh - ideal) ** 2)
        for factor in (found.factors[0], 1 / slope, 0.9 * found.factors[0])
    }
    assert min(errors, key=errors.get) == found.factors[0]
    signal, noise = slope**2 * 0.04, 1 / shots
    assert found.factors[0] == pytest.approx(slope * 0.04 / (signal + noise), rel=0.05)


def test_bias_is_told_apart_from_the_spread_of_shots():
    ideal = draw(tokens=5000)
    measured = measure(ideal, 0.8, 0.0, 500)
    variances = (1 - measured**2) / 500
    found = fit_calibration(measured, ideal, source="lab", variances=variances)
    assert found.to_json()["total_raw_bias"] == pytest.approx(0.2, abs=0.02)
    blind = fit_calibration(measured, ideal, source="lab").to_json()["total_raw_bias"]
    assert blind == pytest.approx(np.hypot(0.2, np.sqrt(1 / 500) / 0.2), rel=0.05)


def test_a_table_holds_everything():
    found = fit_calibration(measure(draw(), 0.5, 0.1, 1000), draw(), source="lab")
    again = Calibration.from_table(found.about, found.table)
    assert again.about == found.about
    np.testing.assert_array_equal(again.table, found.table)
    assert again.lost.dtype == bool


@pytest.mark.parametrize(
    ("about", "rows"),
    [
        ({"source": "lab", "rescale": "some", "tokens": 9}, 7),
        ({"source": "lab", "rescale": "none"}, 7),
        ({"source": "lab", "rescale": "none", "tokens": 9}, 6),
    ],
)
def test_other_tables_are_refused(about, rows):
    with pytest.raises(ValueError):
        Calibration.from_table(about, np.zeros((rows, 3), np.float32))


def test_few_tokens_and_other_words_are_refused():
    with pytest.raises(ValueError, match="8 tokens or more; 7 hold"):
        fit_calibration(draw(7), draw(7), source="lab")
    with pytest.raises(ValueError, match="rescale is one of 'none', 'global'"):
        fit_calibration(draw(), draw(), source="lab", rescale="all")
    with pytest.raises(ValueError, match="shapes"):
        fit_calibration(draw(9), draw(8), source="lab")
