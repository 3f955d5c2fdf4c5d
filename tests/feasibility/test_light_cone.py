"""What light cones estimate is near what mixed states say."""

from __future__ import annotations

import numpy as np
import pytest

from qslc.feasibility import prediction
from qslc.feasibility.light_cone import estimate_signals
from qslc.feasibility.prediction import Correction, read
from tests.feasibility.cases import compile_layer, make_subject


@pytest.mark.parametrize("chip", ["weber", "willow", "aachen"])
@pytest.mark.parametrize("kind", ["angles", "multiplexed"])
def test_signals(kind: str, chip: str) -> None:
    layer, run = make_subject(compile_layer(kind, chip))
    ideal = layer.compute_ideal()
    exact = read(layer, run, Correction(), ideal).measure_signal()
    estimated = estimate_signals(run.add_errors())
    assert np.mean(estimated) == pytest.approx(np.mean(exact), rel=0.15)
    assert (estimate_signals(run.add_errors(())) == 1).all()


def test_large_circuits_are_estimated(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, run = make_subject(compile_layer("variational", "willow"))
    ideal = layer.compute_ideal()
    exact = read(layer, run, Correction(), ideal).predict_error(1000)
    monkeypatch.setattr(prediction, "EXACT_QUBITS", 3)
    assert read(layer, run, Correction(), ideal).predict_error(1000) == pytest.approx(
        exact, rel=0.2
    )
