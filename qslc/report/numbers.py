"""Write numbers, intervals and lists of names as pages show them."""

from __future__ import annotations

from collections.abc import Sequence

from qslc.report.sections import Tone
from qslc.spec.wording import SMALLEST

MINUS = "\u2212"


def format_change(before: int, after: int) -> str:
    """Write by how much a count fell or rose: "−22 %"; "" where it stayed."""
    if before == after:
        return ""
    if before == 0:
        return f"+{after}"
    percent = 100 * abs(after - before) / before
    return f"{'+' if after > before else MINUS}{percent:.{0 if percent >= 1 else 1}f} %"


def judge_change(before: float, after: float) -> Tone:
    """Judge the change of a number of which less is better."""
    return "same" if before == after else "good" if after < before else "bad"


def format_ratio(here: float, there: float) -> str:
    """Write by how much a probability grew: "× 3.9"; "" where that says nothing."""
    if not there or f"{here / there:.3g}" == "1":
        return ""
    return f"× {_format_factor(here / there)}"


def format_probability(value: float) -> str:
    """Write a probability in percent, with three significant digits."""
    return f"{100 * value:.3g} %"


def format_survival(value: float) -> str:
    """Write a probability that many factors make, which may be too small for a number."""
    return format_probability(value) if value >= SMALLEST else f"under {SMALLEST:g}"


def format_number(value: float) -> str:
    """Write a number with three significant digits; very small ones with a power of ten."""
    if value == 0:
        return "0"
    return format_signed(f"{value:.1e}" if abs(value) < 1e-3 else f"{value:.3g}")


def format_signed(text: str) -> str:
    """Write a number with a minus sign in the place of a hyphen."""
    return text.replace("-", MINUS)


def format_interval(bounds: Sequence[float]) -> str:
    """Write the ends of an interval: "0.1 to 0.3"."""
    return f"{format_number(bounds[0])} to {format_number(bounds[1])}"


def format_names(values: Sequence[str], limit: int = 12) -> str:
    """Write a list of names, cut short after ``limit``."""
    rest = len(values) - limit
    return ", ".join(values[:limit]) + (f" and {rest} more" if rest > 0 else "")


def _format_factor(ratio: float) -> str:
    """Write a ratio with two or three digits; without an exponent as long as that can be read."""
    if ratio >= 1e6:
        return f"{ratio:.1e}"
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.2g}" if ratio >= 0.1 else f"{ratio:.1g}"
