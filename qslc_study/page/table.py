"""The table of results."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from qslc_study.page.words import described, plus_minus
from qslc_study.results.measures import MEASURES, Measure

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Cell:
    """A mean, half of its interval, and whether no arm has a better mean."""

    mean: str
    half: str
    best: bool


@dataclass(frozen=True, slots=True)
class Row:
    """An arm; a cell for each measure that any arm has."""

    name: str
    about: str
    parameters: str
    total: str
    rate: str
    cells: tuple[Cell, ...]
    on_front: bool


def columns(summary: Json) -> list[Measure]:
    """The measures that any arm has."""
    return [each for each in MEASURES if any(each.key in a["measures"] for a in summary["arms"])]


def rows(summary: Json, shown: Sequence[Measure]) -> list[Row]:
    """The arms by rising parameters."""
    arms = sorted(summary["arms"], key=lambda arm: arm["parameters"]["trainable"])
    best = {each.key: _best(summary, each) for each in shown}
    return [
        Row(
            name=arm["name"],
            about=described(arm["arm"]),
            parameters=f"{arm['parameters']['trainable']:,}",
            total=f"{arm['parameters']['total']:,}",
            rate=f"{arm['learning_rate']:g}",
            cells=tuple(_cell(arm, each, best[each.key]) for each in shown),
            on_front=arm["name"] in summary["front"],
        )
        for arm in arms
    ]


def csv_text(summary: Json) -> str:
    """A line for each arm: mean, ends of the interval and standard deviation of each measure."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    shown = columns(summary)
    parts = ("mean", "low", "high", "deviation")
    head = [f"{each.key}_{part}" for each in shown for part in parts]
    writer.writerow(
        ["arm", "method", "trainable", "total", "learning_rate", "seeds", "diverged", *head]
    )
    for arm in summary["arms"]:
        estimates = [arm["measures"].get(each.key, {}) for each in shown]
        numbers = [_plain(estimate.get(part)) for estimate in estimates for part in parts]
        counts = (arm["parameters"]["trainable"], arm["parameters"]["total"])
        rate = f"{arm['learning_rate']:g}"
        seeds, diverged = len(arm["runs"]), arm["diverged"]
        writer.writerow([arm["name"], arm["method"], *counts, rate, seeds, diverged, *numbers])
    return out.getvalue()


def _cell(arm: Json, what: Measure, best: str) -> Cell:
    estimate = arm["measures"].get(what.key)
    if not estimate:
        return Cell("–", "", False)
    mean, _, half = plus_minus(estimate, what.digits).partition(" ± ")
    return Cell(mean, half, best == arm["name"])


def _best(summary: Json, what: Measure) -> str:
    having = [arm for arm in summary["arms"] if what.key in arm["measures"]]
    chosen = max(having, key=lambda arm: what.better * arm["measures"][what.key]["mean"])
    return str(chosen["name"])


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
