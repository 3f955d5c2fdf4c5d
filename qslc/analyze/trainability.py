"""Initialisations compared at the start of training, on the spec's own circuit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from qslc.analyze.gradients import VANISHING, live
from qslc.analyze.initialisations import INITIALISATIONS, Initialisation
from qslc.analyze.simulation import Array, Points, expectations, jacobian
from qslc.analyze.starts import Case

INPUTS = 32
"""Random inputs over which the variance of an output is taken."""

DEVIATIONS = (0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 2.0, 3.0)
"""Standard deviations of normal angles, in radians, of the sweep."""

TIE = 0.9
"""The default stays where its score is at least this part of the best."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """An initialisation in one case.

    Args:
        initialisation: how angles are drawn.
        ensemble: of inputs.
        squared_gradient: mean square of the derivatives, over observables and live weights.
        error: its standard error.
        output_variance: of an output over random inputs, the mean over angles and outputs.
        still: the part of the live weights whose derivatives are all 0.
    """

    initialisation: Initialisation
    ensemble: str
    squared_gradient: float
    error: float
    output_variance: float
    still: float


def beginning(
    case: Case, initialisation: Initialisation, samples: int, rng: np.random.Generator
) -> Beginning:
    """One initialisation in one case, at ``samples`` random angles and inputs."""
    program = case.program
    theta = INITIALISATIONS[initialisation](program, samples, rng)
    squares = live(case, jacobian(program, case.points(theta, rng))) ** 2
    by_sample = squares.mean(axis=(1, 2))
    return Beginning(
        initialisation=initialisation,
        ensemble=case.ensemble,
        squared_gradient=float(by_sample.mean()),
        error=float(by_sample.std() / np.sqrt(samples)),
        output_variance=_output_variance(case, theta[: max(1, samples // INPUTS)], rng),
        still=float(np.mean(squares.max(axis=(0, 1)) < VANISHING)),
    )


def sweep(case: Case, samples: int, rng: np.random.Generator) -> tuple[float, ...]:
    """The mean squared derivative at normal angles of each of ``DEVIATIONS``."""
    unit = rng.normal(size=(samples, len(case.program.weights)))
    points = case.points(unit, rng)
    return tuple(
        float(np.mean(live(case, jacobian(case.program, _scaled(points, deviation))) ** 2))
        for deviation in DEVIATIONS
    )


def scores(beginnings: Sequence[Beginning]) -> dict[Initialisation, float]:
    """The weakest figure of each initialisation, each relative to the best in its column.

    The columns are the mean squared gradient in each ensemble, and the variance of outputs where
    inputs vary. A gradient counts as 0 where a live weight stands still.
    """
    columns: dict[Initialisation, list[float]] = {}
    for each in beginnings:
        own = columns.setdefault(each.initialisation, [])
        own += [each.squared_gradient if each.still == 0 else 0.0]
        own += [each.output_variance] if each.ensemble != "zero" else []
    best = np.max(list(columns.values()), axis=0)
    best = np.where(best > VANISHING, best, 1.0)
    return {name: float(np.min(np.array(own) / best)) for name, own in columns.items()}


def recommended(
    scored: Mapping[Initialisation, float], possible: Iterable[Initialisation], own: Initialisation
) -> Initialisation:
    """The highest score of what a layer can be told; what it does of itself where that is close.

    Args:
        scored: the scores.
        possible: those that a layer can start with.
        own: the one among them that it starts with if it is told nothing.
    """
    best = max(possible, key=lambda name: scored[name])
    return own if scored[own] >= TIE * scored[best] else best


def _scaled(points: Points, deviation: float) -> Points:
    return Points(deviation * points.theta, points.inputs, points.start)


def _output_variance(case: Case, theta: Array, rng: np.random.Generator) -> float:
    points = case.points(np.repeat(theta, INPUTS, axis=0), rng)
    outputs = expectations(case.program, points).reshape(len(theta), INPUTS, -1)
    return float(outputs.var(axis=1).mean())
