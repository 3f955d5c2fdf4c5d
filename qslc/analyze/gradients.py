"""The variance of gradients, and how it falls with qubits and layers: barren plateaus.

McClean et al. 2018, arXiv:1803.11173; Cerezo et al. 2021, arXiv:2001.00550. Derivatives are exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.stats import linregress, t

from qslc.analyze.dead_weights import proven_dead
from qslc.analyze.initialisations import INITIALISATIONS, Initialisation
from qslc.analyze.simulation import Array, jacobian
from qslc.analyze.starts import Case

VANISHING = 1e-24
"""Below this a variance is rounding."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of the derivatives of a case, over angles and inputs.

    Args:
        mean: over all observables and all weights that are not proven dead.
        by_observable: of each observable, the mean over those weights.
        error: standard error of ``mean``.
    """

    mean: float
    by_observable: tuple[float, ...]
    error: float


@dataclass(frozen=True, slots=True)
class Decay:
    """The least-squares fit variance = a exp(-rate n), on the logarithm.

    Args:
        scale: a.
        rate: per qubit (or layer); log 2 is a halving with each.
        interval: its 95 % interval, from Student's t.
        r_squared: how much of the logarithm's spread the line explains.
    """

    scale: float
    rate: float
    interval: tuple[float, float]
    r_squared: float


def spread(
    case: Case, initialisation: Initialisation, samples: int, rng: np.random.Generator
) -> Spread:
    """The variance of the gradient of each observable at random initialisations."""
    program = case.program
    theta = INITIALISATIONS[initialisation](program, samples, rng)
    derivatives = live(case, jacobian(program, case.points(theta, rng)))
    squares = (derivatives - derivatives.mean(axis=0)) ** 2
    by_sample = squares.mean(axis=(1, 2))
    return Spread(
        mean=float(by_sample.mean()),
        by_observable=tuple(squares.mean(axis=(0, 2)).tolist()),
        error=float(by_sample.std() / np.sqrt(samples)),
    )


def live(case: Case, derivatives: Array) -> Array:
    """The columns (S, M, P') of weights that are not proven dead; all if all are dead."""
    dead = frozenset(proven_dead(case.program))
    kept = [k for k, name in enumerate(case.program.weights) if name not in dead]
    return derivatives[:, :, kept] if kept else derivatives


def decay(variances: Mapping[int, float]) -> Decay | None:
    """The fit over sizes; None with fewer than three points above rounding."""
    points = [(n, variance) for n, variance in variances.items() if variance > VANISHING]
    if len(points) < 3:
        return None
    sizes, values = np.array(points).T
    fit = linregress(sizes, np.log(values))
    width = float(t.ppf(0.975, len(points) - 2) * fit.stderr)
    rate = -float(fit.slope)
    scale = float(np.exp(fit.intercept))
    return Decay(scale, rate, (rate - width, rate + width), float(fit.rvalue**2))


def flat_weights(case: Case, samples: int, rng: np.random.Generator) -> tuple[str, ...]:
    """The weights whose derivatives are all 0, to rounding, at random angles and inputs."""
    theta = INITIALISATIONS["uniform"](case.program, samples, rng)
    size = np.abs(jacobian(case.program, case.points(theta, rng))).max(axis=(0, 1))
    return tuple(
        name for name, each in zip(case.program.weights, size, strict=True) if each**2 < VANISHING
    )
