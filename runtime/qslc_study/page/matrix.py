"""Differences of all pairs as a table: arm of the row minus arm of the column."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qslc_study.page.words import interval, signed
from qslc_study.results.measures import measure

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A difference; ``tone`` says for whom it speaks and whether it exceeds the spread."""

    text: str
    interval: str
    tone: str


def matrix(summary: Json, key: str) -> tuple[list[str], list[tuple[str, list[Cell]]]]:
    """The names of the columns, and the rows, from the best arm to the worst."""
    better = measure(key).better
    arms = [arm for arm in summary["arms"] if key in arm["measures"]]
    arms.sort(key=lambda arm: -better * arm["measures"][key]["mean"])
    names = [arm["name"] for arm in arms]
    known = {
        (each["first"], each["second"]): each
        for each in summary["differences"]
        if each["measure"] == key
    }
    return names, [(a, [_cell(known, a, b, key) for b in names]) for a in names]


def _cell(known: Mapping[tuple[str, str], Json], first: str, second: str, key: str) -> Cell:
    if first == second:
        return Cell("", "", "self")
    sign = 1 if (first, second) in known else -1
    found = known[(first, second) if sign == 1 else (second, first)]
    digits = min(measure(key).digits, 3)
    ends = [sign * end for end in (found["low"], found["high"]) if end is not None]
    low, high = sorted(ends) if ends else (None, None)
    mean = sign * found["mean"]
    tone = "good" if mean * found["better"] > 0 else "bad"
    shown = signed(f"{mean:+.{digits}f}")
    return Cell(shown, interval(low, high, digits), tone if found["exceeds_spread"] else "unclear")
