"""Forecasts are means over angles of what mixed states say."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from qslc.feasibility import forecast as module
from qslc.feasibility.forecast import forecast
from qslc.feasibility.prediction import Run
from qslc.feasibility.simulation import compute_noisy
from tests.feasibility.cases import compile_layer, make_subject

DRAWS, MOST = 512, 64


def draw(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """Return ideal and noisy readouts at random angles, and of random vectors if some are given."""
    rng, found = np.random.default_rng(1), []
    angles = (op.angle for column in run.columns for op in column if op.angle is not None)
    names = sorted({str(symbol) for angle in angles for symbol in angle.free_symbols})
    for _ in range(DRAWS // MOST):
        values = {name: rng.uniform(-np.pi, np.pi, MOST) for name in names}
        start = None
        if run.places:
            start = rng.normal(size=(MOST, 2 ** len(run.qubits)))
            start /= np.linalg.norm(start, axis=1, keepdims=True)
        circuits = run.add_errors(()), run.add_errors()
        found.append([compute_noisy(circuit, values, start, MOST) for circuit in circuits])
    ideal, noisy = np.concatenate(found, axis=1)
    return ideal, noisy


@pytest.mark.parametrize(
    ("kind", "chip"), [("angles", "weber"), ("multiplexed", "weber"), ("given", "willow")]
)
def test_forecasts_are_means_over_angles(kind: str, chip: str) -> None:
    _, run = make_subject(compile_layer(kind, chip))
    ideal, noisy = draw(run)
    found = forecast(run)
    assert found.method == "exact"
    assert found.sizes == pytest.approx(np.sqrt(np.mean(ideal**2, axis=0)), rel=0.12)
    slopes = np.sum(ideal * noisy, axis=0) / np.sum(ideal**2, axis=0)
    assert found.signals == pytest.approx(slopes, rel=0.06)
    errors = np.sqrt(np.mean((noisy - ideal) ** 2, axis=0))
    assert found.errors == pytest.approx(errors, rel=0.12)
    assert found.error == pytest.approx(np.sqrt(np.mean(errors**2)), rel=0.06)


def test_without_noise_nothing_is_lost() -> None:
    _, run = make_subject(compile_layer("angles", "willow"))
    found = forecast(replace(run, noise=None))
    assert found.signal == pytest.approx(1)
    assert found.error < 1e-7


def test_large_circuits_are_sampled(monkeypatch: pytest.MonkeyPatch) -> None:
    _, run = make_subject(compile_layer("angles", "weber"))
    exact = forecast(run)
    monkeypatch.setattr(module, "EXACT_QUBITS", 3)
    found = forecast(run)
    assert found.method == "paths"
    assert found.signal == pytest.approx(exact.signal, rel=0.03)
    assert found.error == pytest.approx(exact.error, rel=0.05)
    assert forecast(replace(run, noise=None)).error < 1e-7
