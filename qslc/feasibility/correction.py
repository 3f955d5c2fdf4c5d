"""Corrections of errors: the circuits that they run, and what they make of the means of these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.circuit import Variant

Array = NDArray[np.float64]

FOLDS = (1, 3, 5)
"""How often each gate on two qubits is run where the result is extrapolated to none (Giurgica-Tiron
et al. 2020, arXiv:2005.10921)."""

_LEAST_DECAY = 0.25
"""Least part of a signal that two more of each gate may leave."""


@dataclass(frozen=True, slots=True)
class Correction:
    """Correction of errors, as under ``execution.mitigation`` of a spec.

    Args:
        rescale: What a calibration fits for each readout.
        confusion: Whether errors of the readout are inverted beforehand.
        twirling: Number of random circuits that are averaged; 0 for the circuit itself.
        pulses: Whether idle qubits get pulses.
        zne: Extrapolation to no noise: "linear", "exponential" or "none".
    """

    rescale: str = "per_readout_offset"
    confusion: bool = False
    twirling: int = 0
    pulses: bool = False
    zne: str = "none"

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The circuits that are run, but for the random Paulis of each twirl."""
        folds = FOLDS if self.zne != "none" else (1,)
        return tuple(Variant(fold, self.twirling > 0, self.pulses) for fold in folds)

    @property
    def circuits(self) -> int:
        """Number of circuits that are run in the place of one."""
        return len(self.variants) * max(1, self.twirling)


def extrapolate(means: Array, variances: Array, zne: str) -> tuple[Array, Array]:
    """Extrapolate to no noise; returns means and variances (tokens, M).

    Args:
        means: What each variant reads on average: (variants, tokens, M).
        variances: Variance of one shot of it, of a shot in all of which each has its part.
        zne: "linear", "exponential", or "none" for one variant.
    """
    extrapolations = {"linear": _extend_line, "exponential": _extend_exponential}
    if zne == "none":
        return means[0], variances[0]
    extend, step = extrapolations[zne], 1e-6
    reached = extend(means)
    spread = np.zeros_like(reached)
    for number, variance in enumerate(variances):
        moved = means.copy()
        moved[number] += step
        spread += ((extend(moved) - reached) / step) ** 2 * variance * len(means)
    return reached, spread


def _extend_line(means: Array) -> Array:
    weights = np.linalg.pinv(np.stack([np.ones(len(FOLDS)), np.array(FOLDS, float)], axis=1))[0]
    return np.asarray(np.tensordot(weights, means, 1))


def _extend_exponential(means: Array) -> Array:
    """Return at no noise an exponential with the decay of least squares, within its bounds."""
    one, three, five = means
    norm = one**2 + three**2
    decay = (one * three + three * five) / np.where(norm > 0, norm, 1.0)
    decay = np.clip(decay, _LEAST_DECAY, 1.0)
    powers = np.stack([decay ** (fold / 2) for fold in FOLDS])
    return np.asarray(np.sum(powers * means, axis=0) / np.sum(powers**2, axis=0))
