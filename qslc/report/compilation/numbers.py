"""Numbers as a report prints them."""

from __future__ import annotations

from typing import Literal

from qslc.targets.wording import SMALLEST

Tone = Literal["good", "bad", "same"]
MINUS = "\u2212"


def change(before: int, after: int) -> str:
    """ "−22 %": by how much a count fell or rose; "" where it stayed."""
    if before == after:
        return ""
    if before == 0:
        return f"+{after}"
    percent = 100 * abs(after - before) / before
    return f"{'+' if after > before else MINUS}{percent:.{0 if percent >= 1 else 1}f} %"


def tone(before: int, after: int) -> Tone:
    return "same" if before == after else "good" if after < before else "bad"


def probability(value: float) -> str:
    """Three significant digits, small values in units that one can compare by eye."""
    return f"{100 * value:.3g} %"


def survival(value: float) -> str:
    """A probability that many factors make, which may be too small for a number."""
    return probability(value) if value >= SMALLEST else f"under {SMALLEST:g}"


def deviation(value: float) -> str:
    return f"{value:.1e}" if value else "0"


def counted(number: int, noun: str) -> str:
    """ "1 gate", "2 gates"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
