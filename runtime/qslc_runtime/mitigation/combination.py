"""Means of variants of a circuit to one estimate."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.mitigation.circuits import FOLDS, list_folds
from qslc_runtime.mitigation.options import Mitigation

Array: TypeAlias = NDArray[np.float64]

_LEAST_DECAY = 0.25
"""Least part of a signal that two more of each CZ may leave."""


def combine(means: Array, mitigation: Mitigation) -> Array:
    """Return the estimates of means of variants: (variants, ...) to (...).

    Args:
        means: In the order of ``make_variants``.
        mitigation: What the variants are for.
    """
    folds = len(list_folds(mitigation))
    averaged = means.reshape(folds, len(means) // folds, *means.shape[1:]).mean(axis=1)
    match mitigation.zne:
        case "none":
            estimates: Array = averaged[0]
            return estimates
        case "linear":
            return extrapolate_linearly(averaged)
        case "exponential":
            return extrapolate_exponentially(averaged)
        case unknown:
            raise ValueError(f"unknown extrapolation {unknown!r}")


def extrapolate_linearly(means: Array) -> Array:
    """Return at no noise the line of least squares through the means of 1, 3 and 5 folds."""
    scales = np.array(FOLDS, float)
    weights = np.linalg.pinv(np.stack([np.ones(len(scales)), scales], axis=1))[0]
    estimates: Array = np.tensordot(weights, means, 1)
    return estimates


def extrapolate_exponentially(means: Array) -> Array:
    """Return at no noise an exponential through the means of 1, 3 and 5 folds.

    The decay from one to the next is that of least squares, ``y3 = d y1`` and ``y5 = d y3``, within
    1/4 and 1, so that noise about a lost signal is at most doubled (d = 1/4).
    """
    one, three, five = means
    norm = one**2 + three**2
    decay = (one * three + three * five) / np.where(norm > 0, norm, 1.0)
    decay = np.clip(decay, _LEAST_DECAY, 1.0)
    powers = np.stack([decay ** (fold / 2) for fold in FOLDS])
    estimates: Array = np.sum(powers * means, axis=0) / np.sum(powers**2, axis=0)
    return estimates


def propagate(means: Array, variances: Array, mitigation: Mitigation) -> Array:
    """Return the variance of ``combine(means)``, to first order, from those of the means."""
    step = 1e-6
    total = np.zeros(means.shape[1:])
    for number in range(len(means)):
        moved = means.copy()
        moved[number] += step
        slope = (combine(moved, mitigation) - combine(means, mitigation)) / step
        total += slope**2 * variances[number]
    return total
