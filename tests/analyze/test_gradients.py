"""Variances of gradients, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from qslc.analyze.gradients import fit_decay, measure_spread, trace_curves
from qslc.ir.program import Operation
from tests.analyze.analyze_cases import make_amplitude, make_case, make_layered, make_rng

SIZES = (2, 3, 4, 5, 6)


def test_one_rotation():
    """<Z> = cos t, so the variance of -sin t is 1/2 over a full turn."""
    one = make_case(1, Operation("ry", (0,), sympy.Symbol("a")))
    assert measure_spread(one, "uniform", 20_000, make_rng()).mean == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("qubits", SIZES)
def test_a_global_cost_falls_exponentially(qubits: int):
    """Z...Z of a product state is a product of cosines: variance 2**-n (Cerezo et al. 2021)."""
    everywhere = "*".join(f"Z{k}" for k in range(qubits))
    cost = make_layered(qubits, 1, gate="none", measure=(everywhere,))
    found = measure_spread(cost, "uniform", 20_000, make_rng())
    assert found.mean == pytest.approx(2.0**-qubits, abs=6 * found.error)


@pytest.mark.parametrize(("local", "rate"), [(True, 0.0), (False, np.log(2))])
def test_global_and_local_costs_decay_differently(local: bool, rate: float):
    """Z0 depends on one of n weights, the others of which are proven dead and left out."""
    variances = {}
    for n in SIZES:
        measured = "Z0" if local else "*".join(f"Z{k}" for k in range(n))
        cost = make_layered(n, 1, gate="none", measure=(measured,))
        variances[n] = measure_spread(cost, "uniform", 4000, make_rng()).mean
    fit = fit_decay(variances)
    assert fit
    assert fit.rate == pytest.approx(rate, abs=0.02)


def test_random_amplitudes_make_a_plateau_of_any_circuit():
    """Over a random real start psi, psi^T G psi has the variance 2 tr(G^2) / (d (d + 2))."""
    for draw in ("uniform", "scaled normal", "zeros"):
        variances = {
            n: measure_spread(make_amplitude(n, 2), draw, 1500, make_rng()).mean for n in SIZES
        }
        fit = fit_decay(variances)
        assert fit
        assert fit.rate == pytest.approx(np.log(2), abs=0.08)


def test_one_observable_of_one_rotation_on_random_amplitudes():
    """d<Z>/dt of RY is -<X>: its variance over random real states is 2 / (d + 2), d = 4."""
    found = measure_spread(make_amplitude(2, 1), "zeros", 40_000, make_rng())
    assert max(found.by_observable) <= 2 / 6 + 0.01
    assert found.mean > 0.1


def test_the_fit_of_an_exact_exponential():
    fit = fit_decay({n: 3 * np.exp(-0.5 * n) for n in SIZES})
    assert fit
    assert (fit.scale, fit.rate) == pytest.approx((3, 0.5))
    assert fit.r_squared == pytest.approx(1)
    assert fit.interval[0] <= 0.5 + 1e-9
    assert fit.interval[1] >= 0.5 - 1e-9


def test_the_fit_needs_three_points_above_rounding():
    assert fit_decay({2: 0.1, 3: 0.01}) is None
    assert fit_decay({2: 0.1, 3: 0.01, 4: 1e-30}) is None


def test_noise_widens_the_interval():
    noise = np.random.default_rng(1).normal(0, 0.3, len(SIZES))
    fit = fit_decay({n: float(np.exp(e)) for n, e in zip(SIZES, noise, strict=True)})
    assert fit
    assert fit.interval[0] < 0 < fit.interval[1]


def test_curves_pair_every_case_with_every_draw_and_an_ensemble_may_be_missing_at_some_sizes():
    cases = [*((n, make_layered(n, 1)) for n in (2, 3, 4)), (4, make_amplitude(4, 1))]
    found = trace_curves("qubits", cases, 20, make_rng())
    assert [
        (curve.ensemble, curve.initialization, [point.size for point in curve.points])
        for curve in found
    ] == [
        ("zero", "uniform", [2, 3, 4]),
        ("zero", "scaled normal", [2, 3, 4]),
        ("features", "uniform", [4]),
        ("features", "scaled normal", [4]),
    ]
