"""Fit what a chip makes of each readout: a factor, or a factor and an offset.

The circuits of a layer are small enough to be simulated, so that the ideal readouts of real tokens
are known (the idea of Clifford data regression, Czarnik et al. 2021, arXiv:2005.10189, with the
data itself in the place of Clifford circuits).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

Array: TypeAlias = NDArray[np.float64]

Rescale: TypeAlias = Literal["none", "global", "per_readout", "per_readout_offset"]

RESCALES: tuple[str, ...] = get_args(Rescale)
"""What is fitted: nothing, one factor for all readouts, one for each, or each with an offset."""

LEAST_TOKENS = 8
"""Fewer tokens say little of two numbers a readout and of their errors."""

_LOST = 3.0
"""A readout is lost if the slope of its signal is below so many of its standard errors."""

_ROWS = ("factors", "offsets", "slopes", "lost", "raw_bias", "bias", "variance")


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Correction of the readouts that a source measures: ``factors * measured + offsets``.

    Errors are relative to the root mean square of all ideal readouts of the calibration tokens, so
    that their root mean square over the readouts is the relative error of a layer's readouts.

    Args:
        source: What it was measured with (``Engine.source``), and holds for.
        rescale: What was fitted.
        tokens: Number of tokens that it was fitted on.
        factors: The factor of each readout: (M,).
        offsets: What is added to each readout: (M,).
        slopes: What the source leaves of the signal of each readout: (M,).
        lost: Whether a readout's signal was below its noise; the factor is then 0: (M,) bool.
        raw_bias: Error of each readout before, without its spread: (M,).
        bias: Error of each readout after, without its spread: (M,).
        variance: What the variance of each readout is multiplied by: (M,).

    Example:
        >>> options = {"sampler": "noisy", "shots": 1000}
        >>> layer = compiled.layer(engine="sampler", engine_options=options)
        >>> calibration = layer.calibrate(tokens)
        >>> calibration.apply(np.zeros((5, 3))).shape
        (5, 3)
    """

    source: str
    rescale: str
    tokens: int
    factors: Array
    offsets: Array
    slopes: Array
    lost: NDArray[np.bool_]
    raw_bias: Array
    bias: Array
    variance: Array

    def apply(self, values: Array) -> Array:
        """Return corrected readouts: (tokens, M) to (tokens, M)."""
        return values * self.factors + self.offsets

    @property
    def about(self) -> dict[str, Any]:
        """Description of what it is of: plain JSON."""
        return {"source": self.source, "rescale": self.rescale, "tokens": self.tokens}

    @property
    def table(self) -> NDArray[np.float32]:
        """Its numbers, a column a readout: (7, M)."""
        return np.array([getattr(self, name) for name in _ROWS], np.float32)

    @classmethod
    def from_table(cls, about: Mapping[str, Any], table: NDArray[np.floating[Any]]) -> Calibration:
        """Return the calibration of ``about`` and ``table``.

        Raises:
            ValueError: They are not those of a calibration.
        """
        _check_about(about)
        if table.ndim != 2 or len(table) != len(_ROWS) or not np.isfinite(table).all():
            raise ValueError(f"a calibration has {len(_ROWS)} finite numbers a readout")
        rows = dict(zip(_ROWS, table.astype(np.float64), strict=True))
        return cls(**{**about, **rows, "lost": rows["lost"] != 0})

    def to_json(self) -> dict[str, Any]:
        """Return everything as plain JSON, with the totals over the readouts."""
        totals = {
            "total_raw_bias": _average(self.raw_bias),
            "total_bias": _average(self.bias),
            "total_variance": float(np.mean(self.variance)),
        }
        rows = {key: v.tolist() for key, v in asdict(self).items() if isinstance(v, np.ndarray)}
        return {**self.about, **totals, **rows}

    def __str__(self) -> str:
        lost = f", {int(self.lost.sum())} lost in noise" if self.lost.any() else ""
        return (
            f"{self.source}, {self.rescale}, {self.tokens} tokens: {len(self.factors)} readouts"
            f"{lost}, error {_average(self.raw_bias):.3g} before and {_average(self.bias):.3g} "
            f"after, variance x {np.mean(self.variance):.3g}"
        )


def fit_calibration(
    measured: Array,
    ideal: Array,
    *,
    source: str,
    rescale: Rescale = "per_readout_offset",
    variances: Array | float = 0.0,
    ideal_variances: Array | float = 0.0,
) -> Calibration:
    """Fit what brings measured readouts nearest to the ideal ones, by least squares.

    Measured values hold the noise of their shots, and later ones will hold as much: least squares
    of the ideal values on the measured ones then shrinks a readout by the share of noise in it,
    which makes the expected error of corrected readouts least, and a lost readout harmless. The
    factor of a readout whose signal cannot be told from noise is 0.

    Args:
        measured: (tokens, M)
        ideal: (tokens, M)
        source: What measured them.
        rescale: What is fitted.
        variances: Variance of the measured values by shots, (tokens, M); 0 for exact ones.
        ideal_variances: That of the ideal values, where they were measured too.

    Raises:
        ValueError: There are too few tokens, or the arguments do not fit each other.
    """
    measured, ideal = np.asarray(measured, np.float64), np.asarray(ideal, np.float64)
    check_rescale(rescale)
    _check_readouts(measured, ideal)
    tokens = len(measured)
    spread, ideal_spread = (
        np.broadcast_to(np.asarray(each, np.float64), measured.shape).mean(axis=0)
        for each in (variances, ideal_variances)
    )
    centered = rescale == "per_readout_offset"
    slopes, errors = _measure_slopes(measured, ideal, centered=centered)
    lost = np.abs(slopes) <= _LOST * errors
    factors, offsets = _fit(measured, ideal, rescale, lost)
    root = np.sqrt(max(np.mean(ideal**2) - np.mean(ideal_spread), 0)) or 1.0
    fitted = {"per_readout": 1, "per_readout_offset": 2}.get(rescale, 0)
    after = np.sum((factors * measured + offsets - ideal) ** 2, axis=0) / (tokens - fitted)
    before = np.mean((measured - ideal) ** 2, axis=0)
    return Calibration(
        source=source,
        rescale=rescale,
        tokens=tokens,
        factors=factors,
        offsets=offsets,
        slopes=slopes,
        lost=lost,
        raw_bias=np.sqrt(np.maximum(before - spread - ideal_spread, 0)) / root,
        bias=np.sqrt(np.maximum(after - factors**2 * spread - ideal_spread, 0)) / root,
        variance=factors**2,
    )


def _check_readouts(measured: Array, ideal: Array) -> None:
    if measured.shape != ideal.shape or measured.ndim != 2:
        raise ValueError(f"readouts are of shapes {measured.shape} and {ideal.shape}")
    if len(measured) < LEAST_TOKENS:
        raise ValueError(
            f"a calibration takes {LEAST_TOKENS} tokens or more; {len(measured)} hold a state"
        )


def check_rescale(rescale: object) -> None:
    """Raise a ValueError unless it is one of ``RESCALES``."""
    if rescale not in RESCALES:
        names = ", ".join(map(repr, RESCALES))
        raise ValueError(f"rescale is one of {names}, not {rescale!r}")


def _fit(
    measured: Array, ideal: Array, rescale: str, lost: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Return the factors and the offsets, each (M,)."""
    none = np.zeros(measured.shape[1])
    if rescale == "none":
        return none + 1, none
    if rescale == "global":
        return none + _divide(np.sum(measured * ideal), np.sum(measured**2)), none
    middle = (measured.mean(axis=0), ideal.mean(axis=0))
    if rescale == "per_readout":
        middle = (none, none)
    x, y = ideal - middle[1], measured - middle[0]
    factors = np.where(lost, 0.0, _divide(np.sum(x * y, axis=0), np.sum(y * y, axis=0)))
    return factors, middle[1] - factors * middle[0]


def _measure_slopes(measured: Array, ideal: Array, *, centered: bool) -> tuple[Array, Array]:
    """Return the slope of measured on ideal values, and its standard error, by readout."""
    if centered:
        measured, ideal = measured - measured.mean(axis=0), ideal - ideal.mean(axis=0)
    size = np.sum(ideal**2, axis=0)
    slopes = _divide(np.sum(measured * ideal, axis=0), size)
    rest = np.sum((measured - slopes * ideal) ** 2, axis=0) / (len(ideal) - 1 - centered)
    return slopes, np.sqrt(_divide(rest, size))


def _divide(numerator: Any, denominator: Any) -> Any:
    """Return the quotient, and 0 where the denominator is next to nothing (float32 rounding)."""
    sound = denominator > 1e-12
    return np.where(sound, numerator / np.where(sound, denominator, 1.0), 0.0)


def _average(errors: Array) -> float:
    return float(np.sqrt(np.mean(errors**2)))


def _check_about(about: Mapping[str, Any]) -> None:
    kinds = {"source": str, "rescale": str, "tokens": int}
    if about.keys() != kinds.keys() or any(type(about[k]) is not kinds[k] for k in kinds):
        raise ValueError(f"a calibration says its {', '.join(kinds)}")
    check_rescale(about["rescale"])
