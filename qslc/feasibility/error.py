"""Predict the error of corrected readouts: what calibration leaves, and the noise of the shots.

The total relative error eps of a layer on a chip is the root mean square, over tokens and readouts,
of corrected minus ideal readouts, over that of the ideal ones:

    eps**2 = (mean of (a m + b - y)**2 + mean of a**2 v / shots) / mean of y**2

y is ideal, m what is read on average, v its variance in one shot; a and b are the factor and the
offset of a readout that minimize it, which is how a calibration fits them (Czarnik et al. 2021,
arXiv:2005.10189, with the tokens themselves in the place of Clifford circuits).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_FITTED = {"none": 0, "global": 0, "per_readout": 1, "per_readout_offset": 2}
"""Numbers that are fitted for each readout."""

MOST_SHOTS = 10**12


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Readouts of the same tokens.

    Args:
        ideal: What the layer means: (tokens, M).
        means: What a chip reads on average: (tokens, M).
        variances: Variance of one shot of it: (tokens, M).
        rescale: What a calibration fits: "none", "global", "per_readout", "per_readout_offset".
        spread: Variance of the means themselves, (M,), which shots do not lessen.
        rest: What no calibration brings back beside: the root mean square over tokens of each
            readout, (M,); 0 where the means hold all errors.
    """

    ideal: Array
    means: Array
    variances: Array
    rescale: str
    spread: Array | float = 0.0
    rest: Array | float = 0.0

    def predict_error(self, shots: float = math.inf) -> float:
        """Predict the total relative error with so many shots for each token and setting.

        Where all ideal readouts are 0 there is no relative error: NaN.
        """
        power = float(np.mean(self.ideal**2))
        return math.sqrt(self._predict_square(shots) / power) if power else math.nan

    def _predict_square(self, shots: float) -> float:
        spread = self.variances.mean(axis=0) / shots + self.spread
        factors, offsets = self._fit(spread)
        tokens, fitted = len(self.ideal), _FITTED[self.rescale]
        rest = np.sum((factors * self.means + offsets - self.ideal) ** 2, axis=0)
        missed = rest / max(1, tokens - fitted) + np.square(self.rest)
        return float(np.mean(missed + factors**2 * spread))

    def _fit(self, spread: Array) -> tuple[Array, Array]:
        ideal, means, tokens = self.ideal, self.means, len(self.ideal)
        none = np.zeros(ideal.shape[1])
        if self.rescale == "none":
            return none + 1, none
        if self.rescale == "global":
            size = float(np.sum(means**2) + tokens * spread.sum())
            return none + (float(np.sum(ideal * means)) / size if size else 0), none
        middle = ideal.mean(axis=0), means.mean(axis=0)
        if self.rescale == "per_readout":
            middle = none, none
        y, m = ideal - middle[0], means - middle[1]
        size = np.sum(m * m, axis=0) + tokens * spread
        factors = np.divide(np.sum(y * m, axis=0), size, out=none.copy(), where=size > 0)
        return factors, middle[0] - factors * middle[1]

    def measure_variance(self) -> float:
        """Return the mean variance of one shot of the corrected readouts."""
        factors, _ = self._fit(np.broadcast_to(self.spread, self.ideal.shape[1:]))
        return float(np.mean(factors**2 * self.variances.mean(axis=0)))

    def find_shots(self, error: float) -> int | None:
        """Return the fewest shots for a total relative error; None where none suffice."""
        if not self.predict_error(MOST_SHOTS) <= error:
            return None
        low, high = 0, MOST_SHOTS
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.predict_error(middle) <= error else (middle, high)
        return high

    def measure_signal(self) -> Array:
        """Return what is left of the signal of each readout: slope of means on ideal, (M,)."""
        y, m = (each - each.mean(axis=0) for each in (self.ideal, self.means))
        size = np.sum(y * y, axis=0)
        return np.divide(np.sum(y * m, axis=0), size, out=np.zeros(len(size)), where=size > 0)
