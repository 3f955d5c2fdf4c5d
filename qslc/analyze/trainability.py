"""Compare initializations by gradients and outputs at the start of training."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from qslc.analyze.gradients import differentiate_live
from qslc.analyze.initialization import (
    DEFAULT,
    DEFAULT_BESIDE_REFERENCE,
    INITIALIZATIONS,
    find_canceling_pairs,
    list_deviations,
)
from qslc.analyze.simulation import Array, compute_expectations
from qslc.analyze.subject import (
    Case,
    Ensemble,
    Subject,
    convert_to_json,
    limit_gradient_samples,
)
from qslc.analyze.weights import VANISHING
from qslc.ir.angles import compute_scaled_deviation
from qslc.pauli.frame import find_pauli_frame

INPUTS = 32
"""Random inputs over which the variance of an output is taken."""

DEVIATIONS = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 3.0)
"""Standard deviations of normal angles, in radians, that are compared."""

TIE = 0.9
"""The default stays where its score is at least this part of the best."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """First gradients that training meets with an initialization in one case.

    Args:
        initialization: Name of the way to draw angles.
        ensemble: Distribution of the inputs.
        squared_gradient: Mean square of the derivatives, over observables and live weights.
        error: Standard error of ``squared_gradient``.
        output_variance: Variance of an output over random inputs, the mean over angles and outputs.
        still: Part of the live weights whose derivatives are all 0.
    """

    initialization: str
    ensemble: str
    squared_gradient: float
    error: float
    output_variance: float
    still: float


def compute_initialization(subject: Subject) -> dict[str, Any] | None:
    """Return the figure "initialisation" as JSON values; None without weights."""
    program = subject.program
    if not program.weights:
        return None
    rng = subject.make_rng("initialisation")
    samples = subject.settings.samples
    sized = [(case, limit_gradient_samples(case.program, samples)) for case in subject.cases]
    rows = [
        measure_beginning(case, name, count, rng)
        for name in INITIALIZATIONS
        for case, count in sized
    ]
    stand_ins = _find_stand_ins(subject)
    scores = score([row for row in rows if row.ensemble in stand_ins])
    own = DEFAULT_BESIDE_REFERENCE if subject.own.inputs.reference else DEFAULT
    possible = list_deviations(program)
    best = recommend(scores, possible, own)
    sweeps = [
        {"ensemble": case.ensemble, "squared_gradients": sweep(case, max(1, count // 4), rng)}
        for case, count in sized
    ]
    return {
        "rows": [convert_to_json(row) for row in rows],
        "pairs": len(find_canceling_pairs(find_pauli_frame(program), program.weights)),
        "scored_on": stand_ins,
        "scores": scores,
        "recommended": best,
        "default": own,
        "argument": "" if best == own else f"angle_deviation={possible[best]:.4g}",
        "scaled_deviation": compute_scaled_deviation(program),
        "deviations": list(DEVIATIONS),
        "sweeps": sweeps,
    }


def measure_beginning(case: Case, name: str, samples: int, rng: np.random.Generator) -> Beginning:
    """Measure an initialization in one case, at ``samples`` random angles and inputs."""
    theta = INITIALIZATIONS[name].draw(case.program, samples, rng)
    squares = differentiate_live(case.program, case.draw_points(theta, rng)) ** 2
    by_sample = squares.mean(axis=(1, 2))
    return Beginning(
        initialization=name,
        ensemble=case.ensemble,
        squared_gradient=float(by_sample.mean()),
        error=float(by_sample.std() / np.sqrt(samples)),
        output_variance=_measure_output_variance(case, theta[: max(1, samples // INPUTS)], rng),
        still=float(np.mean(squares.max(axis=(0, 1)) < VANISHING)),
    )


def sweep(case: Case, samples: int, rng: np.random.Generator) -> tuple[float, ...]:
    """Return the mean squared derivative at normal angles of each of ``DEVIATIONS``."""
    unit = rng.normal(size=(samples, len(case.program.weights)))
    points = case.draw_points(unit, rng)
    scaled = (replace(points, theta=deviation * unit) for deviation in DEVIATIONS)
    return tuple(float(np.mean(differentiate_live(case.program, at) ** 2)) for at in scaled)


def score(beginnings: Sequence[Beginning]) -> dict[str, float]:
    """Score each initialization by its weakest figure, relative to the best in its column.

    The columns are the mean squared gradient in each ensemble, and the variance of outputs where
    inputs vary. A gradient counts as 0 where all derivatives by a live weight are 0.
    """
    columns: dict[str, list[float]] = {}
    for each in beginnings:
        own = columns.setdefault(each.initialization, [])
        own += [each.squared_gradient if each.still == 0 else 0.0]
        own += [each.output_variance] if each.ensemble != "zero" else []
    best = np.max(list(columns.values()), axis=0)
    best = np.where(best > VANISHING, best, 1.0)
    return {name: float(np.min(np.array(own) / best)) for name, own in columns.items()}


def recommend(scores: Mapping[str, float], possible: Iterable[str], own: str) -> str:
    """Choose the highest score, or the layer's own initialization where that comes close.

    Args:
        scores: Score of each initialization.
        possible: Initializations that a layer can have.
        own: The one among them that a layer has by default.
    """
    best = max(possible, key=lambda name: scores[name])
    return own if scores[own] >= TIE * scores[best] else best


def _find_stand_ins(subject: Subject) -> list[Ensemble]:
    """List the ensembles that stand for the layer's own inputs.

    Where they are not known, amplitudes are between two extremes: independent features, and one
    that outweighs the others.
    """
    own = subject.own
    unknown = own.amplitudes and own.ensemble == "features"
    return ["zero", "features"] if unknown else [own.ensemble]


def _measure_output_variance(case: Case, theta: Array, rng: np.random.Generator) -> float:
    points = case.draw_points(np.repeat(theta, INPUTS, axis=0), rng)
    outputs = compute_expectations(case.program, points).reshape(len(theta), INPUTS, -1)
    return float(outputs.var(axis=1).mean())
