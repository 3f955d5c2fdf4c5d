"""The layer as a function of its features: how many different functions it can be."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from qslc.analyze.initialization import draw_uniform
from qslc.analyze.simulation import Array, compute_expectations
from qslc.analyze.subject import Case, Subject, limit_samples

TOLERANCE = 1e-8
"""Singular values below this part of the largest are rounding."""


@dataclass(frozen=True, slots=True)
class FeatureMap:
    """Spans of the outputs as functions of the features.

    With amplitude encoding every output is a quadratic form of the normalized features, x^T A x
    with A the real part of U^dagger P U.

    Args:
        at_a_point: Dimension of the span of the M outputs at random angles.
        over_angles: Dimension of the span over all angles; a lower bound if ``saturated``.
        bound: Number of independent quadratic forms, d (d + 1) / 2 for d amplitudes; None for
            other encoders.
        saturated: Whether the samples, not the layer, limited ``over_angles``.
        variance: Variance of an output over random features, the mean over outputs and angles.
    """

    at_a_point: int
    over_angles: int
    bound: int | None
    saturated: bool
    variance: float


def compute_map(subject: Subject) -> dict[str, Any] | None:
    """Return the figure "map" as JSON values; None without an encoder."""
    if subject.own.ensemble == "zero":
        return None
    case = subject.on_random_features
    size = case.dimension
    wanted = min(1000, size * (size + 1) // 2 + 50) if size else 300
    samples = int(np.sqrt(limit_samples(case.program, wanted**2, 4)))
    return {"samples": samples} | asdict(measure_map(case, samples, subject.make_rng("map")))


def measure_map(case: Case, samples: int, rng: np.random.Generator) -> FeatureMap:
    """Measure the spans at uniform angles, from the outputs on ``samples`` random inputs."""
    draws = max(2, -(-samples // len(case.program.observables)))
    rows = _evaluate(case, draws, samples, rng)
    over_angles = _find_rank(rows.reshape(-1, samples))
    return FeatureMap(
        at_a_point=_find_rank(rows[0]),
        over_angles=over_angles,
        bound=case.dimension * (case.dimension + 1) // 2 if case.amplitudes else None,
        saturated=over_angles == samples,
        variance=float(rows.var(axis=2).mean()),
    )


def _evaluate(case: Case, draws: int, inputs: int, rng: np.random.Generator) -> Array:
    """Return outputs (draws, M, inputs): the same inputs for each draw of the angles."""
    repeated = [
        np.repeat(row[None], inputs, axis=0) for row in draw_uniform(case.program, draws, rng)
    ]
    points = case.draw_points(repeated[0], rng)
    outputs = (compute_expectations(case.program, replace(points, theta=t)).T for t in repeated)
    return np.stack(list(outputs))


def _find_rank(matrix: Array) -> int:
    return int(np.linalg.matrix_rank(matrix, tol=TOLERANCE * np.linalg.norm(matrix, 2)))
