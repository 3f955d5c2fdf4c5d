"""Expressibility and entangling capability, against the papers and closed forms."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from qslc.analyze.states import (
    BINS,
    compute_haar_fractions,
    measure_entanglement,
    measure_expressibility,
    measure_meyer_wallach,
)
from qslc.ir.program import Operation
from tests.analyze.analyze_cases import make_amplitude, make_case, make_layered, make_rng

A, B = sympy.symbols("a b")
H = Operation("h", (0,))


def test_the_idle_circuit_of_the_paper():
    """Sim et al. 2019, figure 1 a: 4.30."""
    idle = measure_expressibility(make_case(1, H), 100, make_rng())
    assert idle.divergence == pytest.approx(np.log(BINS))
    assert idle.divergence == pytest.approx(4.30, abs=0.03) == idle.ceiling


def test_a_circle_on_the_bloch_sphere():
    """Figure 1 b, H and RZ: 0.22, of 5,000 pairs and without taking off the bias of 0.007. The
    fidelity has the arcsine distribution."""
    circle = measure_expressibility(make_case(1, H, Operation("rz", (0,), A)), 20_000, make_rng())
    arcsine = np.diff(2 / np.pi * np.arcsin(np.sqrt(np.linspace(0, 1, BINS + 1))))
    assert circle.divergence == pytest.approx(np.sum(arcsine * np.log(arcsine * BINS)), abs=0.01)
    assert circle.divergence == pytest.approx(0.22, abs=0.03)
    assert circle.interval[0] < circle.divergence < circle.interval[1]


def test_nearly_the_whole_sphere():
    """Figure 1 c, H, RZ and RX: 0.02."""
    covered = make_case(1, H, Operation("rz", (0,), A), Operation("rx", (0,), B))
    assert measure_expressibility(covered, 20_000, make_rng()).divergence == pytest.approx(
        0.02, abs=0.008
    )


def test_the_bias_of_few_samples_is_taken_off():
    """RY at a uniform angle gives random real states: their divergence from these is 0."""
    real = make_case(1, Operation("ry", (0,), A))
    few = [
        measure_expressibility(real, 300, np.random.default_rng(k)).real_divergence
        for k in range(40)
    ]
    bias = (BINS - 1) / (2 * 300)
    assert np.mean(few) < bias / 4


def test_fidelities_of_random_states():
    samples = np.random.default_rng(0).normal(size=(2, 8, 50_000, 2)) @ (1, 1j)
    samples /= np.linalg.norm(samples, axis=1, keepdims=True)
    fidelity = np.abs(np.sum(samples[0].conj() * samples[1], axis=0)) ** 2
    counts = np.histogram(fidelity, BINS, (0, 1))[0] / fidelity.size
    np.testing.assert_allclose(counts, compute_haar_fractions(8), atol=0.004)


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("dimension", [2, 16, 4096])
def test_fractions_are_a_distribution(dimension: int, *, real: bool):
    fractions = compute_haar_fractions(dimension, real=real)
    assert fractions.sum() == pytest.approx(1)
    assert (fractions > 0).all()


def test_bins_that_no_longer_tell_circuits_apart():
    assert measure_expressibility(make_layered(4, 1), 50, make_rng()).resolved
    assert not measure_expressibility(make_layered(9, 1), 50, make_rng()).resolved


def test_meyer_wallach_of_known_states():
    ghz, product, bell = np.zeros((8, 1)), np.zeros((8, 1)), np.zeros((8, 1))
    ghz[[0, 7]] = product[[0, 4]] = bell[[0, 6]] = np.sqrt(0.5)
    states = np.concatenate([ghz, product, bell], axis=1)
    np.testing.assert_allclose(measure_meyer_wallach(states, 3), [1, 0, 2 / 3], atol=1e-12)


def test_entanglers_entangle_and_rotations_do_not():
    assert measure_entanglement(
        make_layered(3, 2, gate="none"), 50, make_rng()
    ).mean == pytest.approx(0, abs=1e-12)
    entangled = measure_entanglement(make_layered(4, 6, ("ry", "rz")), 400, make_rng())
    assert entangled.mean == pytest.approx(entangled.haar, abs=0.02)
    assert entangled.before == 0 < measure_entanglement(make_amplitude(3, 1), 50, make_rng()).before
