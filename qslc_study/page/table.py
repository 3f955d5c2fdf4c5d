"""Tabulate the results: numbers as text, the table of arms, tiles, CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from qslc.report.numbers import format_signed
from qslc.report.sections import Cell, Table
from qslc_study.page import Json
from qslc_study.results.measures import MEASURES, Measure
from qslc_study.spec.methods import Role, find_method, read_arm


def format_interval(low: float | None, high: float | None, digits: int) -> str:
    """Return a text such as "[0.12, 0.34]"; an empty one where one seed gives no interval."""
    if low is None or high is None:
        return ""
    return format_signed(f"[{low:.{digits}f}, {high:.{digits}f}]")


def format_estimate(estimate: Json, digits: int) -> str:
    """Return a text such as "3.247 ± 0.012": the mean and half the width of the interval."""
    mean = format_signed(f"{estimate['mean']:,.{digits}f}")
    if estimate["low"] is None:
        return mean
    return f"{mean} ± {(estimate['high'] - estimate['low']) / 2:.{digits}f}"


def describe_arm(arm: Json) -> str:
    """Return what an arm of a summary is: "LoRA, rank 4, on query and value"."""
    return read_arm(arm["arm"], arm["learning_rate"]).describe()


def has_role(arm: Json, role: Role) -> bool:
    """Return whether the method of an arm of a summary has a role in the comparison."""
    return find_method(arm["method"]).role is role


def count_parameters(arm: Json) -> int:
    """Return the number of trainable parameters of an arm of a summary."""
    return int(arm["parameters"]["trainable"])


def list_columns(summary: Json) -> list[Measure]:
    """Return the measures that any arm has."""
    return [each for each in MEASURES if any(each.key in a["measures"] for a in summary["arms"])]


def tabulate_results(summary: Json, shown: Sequence[Measure]) -> Table:
    """Tabulate measures of quality, the best mean of each marked, by rising parameters."""
    best = {each.key: _find_best(summary, each) for each in shown}
    rows = (
        (
            Cell(
                arm["name"], "front" if arm["name"] in summary["front"] else "", describe_arm(arm)
            ),
            f"{count_parameters(arm):,}",
            f"{arm['learning_rate']:g}",
            *(_make_cell(arm, each, best[each.key]) for each in shown),
        )
        for arm in sorted(summary["arms"], key=count_parameters)
    )
    return Table(("arm", "trainable", "rate", *(each.name for each in shown)), tuple(rows))


def tabulate_costs(summary: Json, shown: Sequence[Measure]) -> Table:
    """Tabulate measures of cost, by rising parameters."""
    rows = (
        (
            arm["name"],
            f"{count_parameters(arm):,}",
            f"{arm['parameters']['total']:,}",
            *(_make_cell(arm, each) for each in shown),
        )
        for arm in sorted(summary["arms"], key=count_parameters)
    )
    return Table(("arm", "trainable", "total", *(each.name for each in shown)), tuple(rows))


def tabulate_changes(summary: Json, shown: Sequence[Measure]) -> Table:
    """Tabulate measures of what is added to projections, by rising parameters."""
    arms = [arm for arm in summary["arms"] if any(each.key in arm["measures"] for each in shown)]
    rows = (
        (Cell(arm["name"], "", describe_arm(arm)), *(_make_cell(arm, each) for each in shown))
        for arm in sorted(arms, key=count_parameters)
    )
    return Table(("arm", *(each.name for each in shown)), tuple(rows))


def render_csv(summary: Json) -> str:
    """Return a line for each arm: mean, ends of the interval, deviation of each measure."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    shown = list_columns(summary)
    parts = ("mean", "low", "high", "deviation")
    head = [f"{each.key}_{part}" for each in shown for part in parts]
    writer.writerow(
        ["arm", "method", "trainable", "total", "learning_rate", "seeds", "diverged", *head]
    )
    for arm in summary["arms"]:
        estimates = [arm["measures"].get(each.key, {}) for each in shown]
        numbers = [estimate.get(part) for estimate in estimates for part in parts]
        counts = (count_parameters(arm), arm["parameters"]["total"])
        rate, seeds = f"{arm['learning_rate']:g}", len(arm["runs"])
        row = (arm["name"], arm["method"], *counts, rate, seeds, arm["diverged"])
        writer.writerow([*row, *("" if each is None else f"{each:.6g}" for each in numbers)])
    return out.getvalue()


def _make_cell(arm: Json, what: Measure, best: str = "") -> Cell:
    """Write a mean, and half of its interval as a note."""
    estimate = arm["measures"].get(what.key)
    if not estimate:
        return Cell("–")
    mean, _, half = format_estimate(estimate, what.digits).partition(" ")
    return Cell(mean, "best" if best == arm["name"] else "", half)


def _find_best(summary: Json, what: Measure) -> str:
    arms = [arm for arm in summary["arms"] if what.key in arm["measures"]]
    return str(max(arms, key=lambda arm: what.better * arm["measures"][what.key]["mean"])["name"])


def make_tiles(summary: Json) -> list[dict[str, str]]:
    """Return a tile for each method, from the lowest test loss to the highest."""
    best: dict[str, Json] = {}
    arms = [arm for arm in summary["arms"] if "test_loss" in arm["measures"]]
    for arm in sorted(arms, key=lambda arm: arm["measures"]["test_loss"]["mean"]):
        best.setdefault(arm["method"], arm)
    return [
        {
            "label": f"{find_method(method).label}, test loss",
            "value": format_estimate(arm["measures"]["test_loss"], 3),
            "note": f"{arm['name']}, {count_parameters(arm):,} trainable",
        }
        for method, arm in best.items()
    ]
