"""Errors of the readouts of a layer on a chip, sampled and computed."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from keras import ops
from numpy.typing import NDArray
from qslc_runtime import engines, mitigation
from qslc_runtime.layer.correction import make_exact_engine

from benchmarks.chip_error.task import Task

Array = NDArray[np.float64]

SHOTS = (3000, 10_000, 100_000)
TARGETS = {3000: 0.25, 10_000: 0.15}
PLAIN = mitigation.Mitigation()
TWIRLED = mitigation.Mitigation(readout="confusion", twirling=8)


@dataclass(frozen=True)
class Errors:
    """Errors of the readouts of a layer, relative to their root mean square.

    Args:
        shots: Number for each token.
        raw: As they are measured.
        calibrated: With factors and offsets.
        twirled: With twirling and readout correction too; None where it is not sampled.
        behind: How far engine "noisy", which prepares nothing, is from what was measured.
        imitated: The same, once it was brought there by factors and offsets.
    """

    shots: int
    raw: float
    calibrated: float
    twirled: float | None
    behind: float
    imitated: float


@dataclass(frozen=True)
class Sample:
    """Readouts of a sublayer (tokens, M), the first ``fitted`` tokens for a calibration."""

    layer: Any
    tokens: Any
    fitted: int

    @cached_property
    def theta(self) -> Array:
        return np.asarray(ops.convert_to_numpy(self.layer.theta))

    @cached_property
    def ideal(self) -> Array:
        return self.evaluate(make_exact_engine(type(self.layer)))

    def evaluate(self, engine: Any) -> Array:
        """Return the expectations by an engine."""
        found = engine.expectations(ops.convert_to_tensor(self.tokens), self.theta)
        return ops.convert_to_numpy(found).astype(np.float64)

    def measure(self, shots: int, method: mitigation.Mitigation) -> tuple[Array, Any]:
        """Return readouts of the whole circuit, and the engine that measured them."""
        options = {"sampler": "noisy", "shots": shots, "mitigation": asdict(method)}
        chip = engines.create("sampler", type(self.layer), options)
        return self.evaluate(chip), chip

    def calibrate(self, measured: Array, chip: Any) -> Array:
        """Return measured readouts with factors and offsets of the fitted tokens."""
        own = measured[: self.fitted]
        variances = chip.estimate_variances(own)
        found = mitigation.fit_calibration(
            own, self.ideal[: self.fitted], source="", variances=variances
        )
        return found.apply(measured)

    def score(self, found: Array, wanted: Array) -> float:
        """Return the squared relative error on the other tokens."""
        x, y = found[self.fitted :], wanted[self.fitted :]
        return float(np.mean((x - y) ** 2) / np.mean(y**2))


def measure(task: Task, adapter: Any, shots: int, *, twirl: bool) -> Errors:
    """Sample the whole circuit of every sublayer; factors are fitted on other tokens."""
    rows = []
    for layer, tokens in task.list_tokens(adapter):
        sample = Sample(layer, tokens, task.sizes.fitted)
        measured, chip = sample.measure(shots, PLAIN)
        unprepared = sample.evaluate(engines.create("noisy", type(layer), {}))
        brought = mitigation.fit_calibration(
            unprepared[: sample.fitted],
            measured[: sample.fitted],
            source="",
            ideal_variances=chip.estimate_variances(measured[: sample.fitted]),
        ).apply(unprepared)
        twirled = (
            sample.score(sample.calibrate(*sample.measure(shots, TWIRLED)), sample.ideal)
            if twirl
            else np.nan
        )
        rows.append(
            (
                sample.score(measured, sample.ideal),
                sample.score(sample.calibrate(measured, chip), sample.ideal),
                twirled,
                sample.score(unprepared, measured),
                sample.score(brought, measured),
            )
        )
    raw, calibrated, mean, behind, imitated = np.sqrt(np.mean(rows, axis=0)).tolist()
    return Errors(shots, raw, calibrated, mean if twirl else None, behind, imitated)


def predict_twirled(task: Task, layer: Path, adapter: Any) -> dict[str, float]:
    """Return the errors, by shots, with Pauli twirling, readout correction and factors.

    They are computed exactly, on few tokens: a sampler runs eight circuits in the place of one.
    """
    found = [
        mitigation.assess(
            layer,
            tokens[: task.sizes.exact],
            {"twirled": TWIRLED},
            theta=ops.convert_to_numpy(sublayer.theta),
        )
        for sublayer, tokens in task.list_tokens(adapter)
    ]
    return {
        str(shots): float(np.sqrt(np.mean([a.predict_error("twirled", shots) ** 2 for a in found])))
        for shots in SHOTS
    }
