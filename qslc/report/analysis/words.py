"""Names and numbers of an analysis as a reader sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from qslc.report.compilation.numbers import MINUS

ENSEMBLES: Mapping[str, str] = MappingProxyType(
    {"zero": "|0…0⟩", "features": "random features", "given": "given features"}
)
"""What the circuit starts from."""


def number(value: float) -> str:
    """Three significant digits; powers of ten for very small values."""
    if value == 0:
        return "0"
    text = f"{value:.1e}" if abs(value) < 1e-3 else f"{value:.3g}"
    return text.replace("-", MINUS)


def interval(bounds: Sequence[float]) -> str:
    return f"{number(bounds[0])} to {number(bounds[1])}"


def names(values: Sequence[str], limit: int = 12) -> str:
    """A list of names, cut short."""
    rest = len(values) - limit
    return ", ".join(values[:limit]) + (f" and {rest} more" if rest > 0 else "")
