"""The layer as a function of its features: how many different functions it can be."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qslc.analyze.initialisations import INITIALISATIONS
from qslc.analyze.simulation import Array, Points, expectations
from qslc.analyze.starts import Case

TOLERANCE = 1e-8


@dataclass(frozen=True, slots=True)
class FeatureMap:
    """Spans of the outputs as functions of the features.

    With amplitude encoding every output is a quadratic form of the normalised features, x^T A x
    with A the real part of U^dagger P U.

    Args:
        at_a_point: dimension of the span of the M outputs at random angles.
        over_angles: dimension of the span over all angles; a lower bound if ``saturated``.
        bound: how many independent quadratic forms there are, d (d + 1) / 2 for d amplitudes;
            None for other encoders.
        saturated: whether the samples, not the layer, limited ``over_angles``.
        variance: of an output over random features, mean over outputs and angles.
    """

    at_a_point: int
    over_angles: int
    bound: int | None
    saturated: bool
    variance: float


def feature_map(case: Case, samples: int, rng: np.random.Generator) -> FeatureMap:
    """At uniform angles, from the outputs on ``samples`` random inputs."""
    program = case.program
    observables = len(program.observables)
    draws = max(2, -(-samples // observables))
    rows = _outputs(case, draws, samples, rng)
    reached = _rank(rows.reshape(-1, samples))
    amplitudes = case.dimension
    return FeatureMap(
        at_a_point=_rank(rows[0]),
        over_angles=reached,
        bound=amplitudes * (amplitudes + 1) // 2 if case.amplitudes else None,
        saturated=reached == samples,
        variance=float(rows.var(axis=2).mean()),
    )


def _outputs(case: Case, draws: int, inputs: int, rng: np.random.Generator) -> Array:
    """Outputs (draws, M, inputs): the same inputs for each draw of the angles."""
    theta = INITIALISATIONS["uniform"](case.program, draws, rng)
    shared = case.points(np.repeat(theta[:1], inputs, axis=0), rng)
    rows = [
        expectations(
            case.program,
            Points(np.repeat(row[None], inputs, axis=0), shared.inputs, shared.start),
        ).T
        for row in theta
    ]
    return np.stack(rows)


def _rank(matrix: Array) -> int:
    return int(np.linalg.matrix_rank(matrix, tol=TOLERANCE * np.linalg.norm(matrix, 2)))
