"""Forecasts are means over angles of what mixed states say."""

from __future__ import annotations

from dataclasses import replace

import cirq
import numpy as np
import pytest
import sympy

import qslc
from qslc.feasibility import forecast as module
from qslc.feasibility.forecast import forecast
from qslc.feasibility.prediction import Run
from qslc.feasibility.simulation import compute_noisy
from qslc.feasibility.subject import find_noise, make_run
from qslc.ir.program import Program
from qslc.lower.placement.relocation import simulate_least_error
from qslc.pipeline import compile_spec
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


def make_qaoa(chip: str = "weber") -> tuple[Program, Run]:
    """Return two steps of QAOA on a triangle and a tail, where each angle is in many gates."""
    line = cirq.LineQubit.range(4)
    pairs = ((0, 1), (1, 2), (0, 2), (2, 3))
    circuit = cirq.Circuit(cirq.H.on_each(*line))
    for step in range(2):
        gamma, beta = sympy.symbols(f"gamma_{step} beta_{step}")
        for a, b in pairs:
            circuit.append(cirq.ZZ(line[a], line[b]) ** (gamma / sympy.pi))
        circuit.append(cirq.rx(beta)(qubit) for qubit in line)
    observables = [cirq.Z(line[a]) * cirq.Z(line[b]) for a, b in pairs]
    spec = qslc.from_cirq(circuit, observables, name="qaoa", device=chip)
    stages = compile_spec(spec)
    noise = find_noise(spec, stages.device)
    run = make_run(stages.physical, stages.device, noise, {}, stages.placement)
    return stages.physical, run


def test_angles_that_depend_on_each_other_are_drawn() -> None:
    program, run = make_qaoa()
    ideal, noisy = draw(run)
    found = forecast(run)
    assert found.method == "draws"
    errors = np.sqrt(np.mean((noisy - ideal) ** 2, axis=0))
    assert found.errors == pytest.approx(errors, rel=0.15)
    slopes = np.sum(ideal * noisy, axis=0) / np.sum(ideal**2, axis=0)
    assert found.signals == pytest.approx(slopes, rel=0.06)
    error = np.abs(noisy - ideal).mean(axis=0).sum() / np.sqrt(np.mean(ideal**2, axis=0)).sum()
    assert simulate_least_error(program, run.device) == pytest.approx(error, rel=0.15)
