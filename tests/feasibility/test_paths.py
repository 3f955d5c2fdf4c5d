"""Errors predicted by paths are those of the exact averages, at less than their cost."""

from __future__ import annotations

import numpy as np
import pytest

from qslc.feasibility.averages import average
from qslc.feasibility.exposure import measure_error, measure_places, predict_errors
from qslc.feasibility.losses import DeviceLosses, compute_losses
from qslc.feasibility.paths import Paths, sample_paths
from qslc.feasibility.prediction import Run
from qslc.feasibility.segments import is_real
from tests.feasibility.cases import compile_layer, make_subject


def sample(kind: str, chip: str) -> tuple[Run, Paths, DeviceLosses, dict[int, int]]:
    _, run = make_subject(compile_layer(kind, chip))
    paths = sample_paths(run.columns, run.observables, run.qubits, run.places, 4096)
    assert run.noise is not None
    losses = compute_losses(run.device, run.noise, real=is_real(run.columns))
    return run, paths, losses, {qubit: qubit for qubit in run.qubits}


@pytest.mark.parametrize("chip", ["weber", "willow", "aachen"])
@pytest.mark.parametrize("kind", ["angles", "given", "multiplexed"])
def test_paths_predict_the_averages(kind: str, chip: str) -> None:
    run, paths, losses, places = sample(kind, chip)
    exact = average(run.add_errors(), [run.qubits.index(place) for place in run.places])
    found = predict_errors(paths, losses, places)
    assert found.sizes.mean() == pytest.approx(exact.sizes.mean(), rel=0.06)
    assert found.signals == pytest.approx(exact.signals, rel=0.03)
    assert found.errors.mean() == pytest.approx(exact.errors.mean(), rel=0.06)


def test_places_add_up_to_the_signal_that_is_lost() -> None:
    run, paths, losses, places = sample("angles", "willow")
    alone, together = measure_places(paths, losses, run.device)
    lost = sum(row[places[qubit]] for row, qubit in zip(alone, paths.qubits, strict=True))
    lost += sum(
        cost[places[paths.qubits[a]], places[paths.qubits[b]]] for (a, b), cost in together.items()
    )
    signal = predict_errors(paths, losses, places).signals.mean()
    assert np.exp(-lost) == pytest.approx(signal, rel=0.005)


def test_a_device_without_errors_loses_nothing() -> None:
    _, paths, losses, places = sample("angles", "weber")
    none = DeviceLosses(
        0 * losses.one_qubit,
        {pair: 0 * loss for pair, loss in losses.two_qubit.items()},
        {},
        0 * losses.moments,
        0 * losses.readout,
        0 * losses.offset,
        0 * losses.decay,
    )
    assert measure_error(paths, none, places) == pytest.approx(0, abs=1e-6)
    best = losses.make_uniform(paths.qubits)
    assert 0 < measure_error(paths, best, places) < measure_error(paths, losses, places)
