"""Judge a layer on a chip: its error and where that comes from, shots, times, and what limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.correction import Correction
from qslc.feasibility.depth import Trial
from qslc.feasibility.methods import Worth, compare_methods
from qslc.feasibility.prediction import (
    EXACT_QUBITS,
    MOST_QUBITS,
    Layer,
    Part,
    Run,
    is_signal,
    read,
    split_error,
)
from qslc.feasibility.shots import TARGET, find_aim
from qslc.feasibility.subject import (
    Levels,
    count_tokens,
    draw_tokens,
    draw_weights,
    find_angles,
    find_correction,
    make_layer,
)
from qslc.feasibility.times import SENTENCE, ChipTime, count_copies, measure_times
from qslc.feasibility.tokens import describe_features
from qslc.ir.program import Program
from qslc.spec.model import Spec

Array: TypeAlias = NDArray[np.float64]

FORMAT = 1
"""Number of the contract with programs that read a verdict as JSON. Raise it when what stands
there changes meaning."""

LIMITS = {
    "preparation": "preparation",
    "gates": "noise",
    "idling": "noise",
    "readout": "noise",
    "shots": "shots",
}
"""What limits a layer, by source of errors."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A compile that is judged.

    Args:
        spec: Spec of the layer.
        logical: Its logical program, without a preparation.
        run: Its circuit on the device; the angles of the preparation are found here.
        settings: Settings of the measurement, each a circuit of its own.
        method: Method of the preparation; None where vectors are not prepared.
        levels: Levels of a variational preparation.
        symbols: Names of the preparation's angles.
        trials: Numbers of levels that were compared.
    """

    spec: Spec
    logical: Program
    run: Run
    settings: int
    method: str | None = None
    levels: Levels = ()
    symbols: tuple[str, ...] = ()
    trials: tuple[Trial, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens on which a layer is judged.

    Args:
        features: What the encoder takes: (tokens, features).
        about: Where they come from.
    """

    features: Array
    about: str

    @classmethod
    def draw(cls, spec: Spec, count: int) -> Tokens:
        """Draw random tokens for a spec."""
        features = draw_tokens(spec, count, spec.optimize.seed)
        return cls(features, describe_features(features, spec.encoder.projection))


@dataclass(frozen=True, slots=True)
class Verdict:
    """Prediction of what a chip makes of a layer.

    Errors are total relative errors (``qslc.feasibility.error``).

    Args:
        shots: Shots for each token and setting.
        error: Predicted error with these.
        floor: The same with any number of shots.
        preparation_error: Error without noise and with any number of shots; None without a
            preparation.
        signal: What is left of the readouts: mean, least and most of their slopes.
        parts: The error by source.
        limit: What limits: "preparation", "noise" or "shots".
        target: An error to reach.
        target_shots: Fewest shots for it; None where none suffice.
        times: Time of the circuit.
        noise: Where the noise comes from; None where there is none.
        method: "mixed states", exact, or "light cones", an estimate.
        tokens: Number of tokens, and where they come from.
        encoding: "prepared", "given" where a vector is put on the chip for nothing, or "angles".
        amplitudes: Number of amplitudes of a prepared or given vector; 0 for angles.
        trials: Numbers of levels that were compared.
        depth: Number of levels; None where the preparation has none.
        methods: Methods of mitigation that were compared.
    """

    shots: int
    error: float
    floor: float
    preparation_error: float | None
    signal: tuple[float, float, float]
    parts: tuple[Part, ...]
    limit: str
    target: float
    target_shots: int | None
    times: ChipTime
    noise: str | None
    method: str
    tokens: tuple[int, str]
    encoding: str
    amplitudes: int
    trials: tuple[Trial, ...]
    depth: int | None
    methods: tuple[Worth, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the verdict as plain JSON, with four digits: the rest differs between machines."""
        sentence = self.times.measure(self.shots, SENTENCE)
        mean, least, most = self.signal
        found = {
            "format": FORMAT,
            "shots": self.shots,
            "error": self.error,
            "floor": self.floor,
            "preparation_error": self.preparation_error,
            "signal": {"mean": mean, "least": least, "most": most},
            "budget": [asdict(part) for part in self.parts],
            "limit": self.limit,
            "target": {"error": self.target, "shots": self.target_shots},
            "time": {
                **asdict(self.times),
                "assumed": list(self.times.assumed),
                "shot_us": 1e6 * self.times.shot_seconds,
                "alone_s": self.times.measure(self.shots),
                "token_s": sentence / SENTENCE,
                "sentence_tokens": SENTENCE,
                "sentence_s": sentence,
            },
            "methods": [asdict(each) for each in self.methods],
            "noise": self.noise,
            "method": self.method,
            "tokens": {"count": self.tokens[0], "about": self.tokens[1]},
            "encoding": self.encoding,
            "amplitudes": self.amplitudes,
            "depth": self.depth,
            "depths": [asdict(trial) for trial in self.trials],
        }
        rounded: dict[str, Any] = _round(found)
        return rounded


# A qubit whose readout tells nothing has no inverse, and the error of what inverts it is NaN.
@np.errstate(divide="ignore", invalid="ignore")
def judge(
    subject: Subject, tokens: Tokens | None = None, weights: Mapping[str, float] | None = None
) -> Verdict | None:
    """Judge a compile.

    Args:
        subject: The compile.
        tokens: Tokens of the layer; drawn where there are none (``qslc.feasibility.tokens``).
        weights: Trained weights in radians by name; drawn where there are none.

    Returns:
        None where there is nothing to predict: without noise and without a preparation, or beyond
        ``MOST_QUBITS``; or where all ideal readouts are 0.
    """
    spec, run = subject.spec, subject.run
    idle = run.noise is None and subject.method is None
    if idle or len(run.qubits) > MOST_QUBITS or not subject.logical.observables:
        return None
    tokens = tokens or Tokens.draw(spec, count_tokens(len(run.qubits)))
    layer, run = _prepare(subject, tokens, weights or {})
    ideal = layer.compute_ideal()
    return _predict(subject, tokens, layer, run, ideal) if is_signal(ideal) else None


def _prepare(subject: Subject, tokens: Tokens, weights: Mapping[str, float]) -> tuple[Layer, Run]:
    """Return the layer with its tokens and weights, and its run with the angles of these."""
    spec, run = subject.spec, subject.run
    drawn = draw_weights(spec, subject.logical, spec.optimize.seed)
    layer = make_layer(spec, subject.logical, tokens.features, {**drawn, **weights})
    if subject.method is None:
        return layer, run
    angles = find_angles(spec, tokens.features, subject.symbols, subject.levels)
    return layer, run.prepare(angles)


def _predict(subject: Subject, tokens: Tokens, layer: Layer, run: Run, ideal: Array) -> Verdict:
    spec = subject.spec
    correction, aim = find_correction(spec), find_aim(spec)
    found = read(layer, run, correction, ideal)
    target = aim.error or TARGET
    needed = found.find_shots(target)
    shots = (needed or aim.shots) if aim.error else aim.shots
    parts = split_error(layer, run, correction, found, shots)
    missed = None
    if subject.method is not None:
        missed = read(layer, run, correction, ideal, ()).predict_error()
    signal = found.measure_signal()
    inputs = spec.encoder.inputs(spec.qubits)
    given = "given" if inputs.are_amplitudes else "angles"
    return Verdict(
        shots=shots,
        error=found.predict_error(shots),
        floor=found.predict_error(),
        preparation_error=missed,
        signal=(float(signal.mean()), float(signal.min()), float(signal.max())),
        parts=parts,
        limit=_find_limit(parts),
        target=target,
        target_shots=needed,
        times=_measure_times(subject, correction),
        noise=run.noise.source if run.noise else None,
        method="mixed states" if len(run.qubits) <= EXACT_QUBITS else "light cones",
        tokens=(len(tokens.features), tokens.about),
        encoding=given if subject.method is None else "prepared",
        amplitudes=1 << inputs.amplitude_qubits if inputs.are_amplitudes else 0,
        trials=subject.trials,
        depth=len(subject.levels) or None,
        methods=compare_methods(layer, run, correction, ideal, shots),
    )


def _measure_times(subject: Subject, correction: Correction) -> ChipTime:
    """Measure the time of a circuit. Errors of reading are measured for one copy of it alone."""
    run = subject.run
    copies = 1 if correction.confusion else count_copies(run.columns, run.device, run.qubits)
    return measure_times(run.columns, run.device, subject.settings, copies=copies)


def _find_limit(parts: Sequence[Part]) -> str:
    shares: dict[str, float] = {}
    for part in parts:
        limit = LIMITS[part.source]
        shares[limit] = shares.get(limit, 0.0) + part.share
    return max(shares, key=lambda limit: shares[limit])


def _round(value: Any) -> Any:
    """Round every number that is not whole to four digits; NaN and infinity become None."""
    if isinstance(value, dict):
        return {key: _round(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_round(item) for item in value]
    if isinstance(value, float):
        return float(f"{value:.4g}") if math.isfinite(value) else None
    return value
