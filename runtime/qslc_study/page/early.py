"""Whether quantum sublayers converge faster and more steadily in the beginning."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qslc_study.page.words import interval, signed

Json = Mapping[str, Any]

_FIGURES = {
    "reach_steps": ("steps to the level", 1),
    "reach_seconds": ("seconds to the level", 1),
    "early_loss": ("mean early validation loss", 3),
    "early_jumps": ("early jumps of the training loss", 3),
}
HEAD = ("", *(name for name, _ in _FIGURES.values()))


def early_rows(summary: Json) -> list[tuple[str, ...]]:
    """A row for each arm: the figures of early convergence."""
    return [
        (arm["name"], *(_cell(arm["convergence"].get(key), key) for key in _FIGURES))
        for arm in summary["arms"]
    ]


def early_findings(summary: Json) -> list[str]:
    """The claim, and in how many comparisons it holds."""
    differences = summary["convergence"]["differences"]
    if not differences:
        return ["The study has no quantum sublayer beside another method: nothing to compare."]
    if len(summary["study"]["seeds"]) < 2:
        return ["One seed: faster and steadier cannot be told from chance."]
    return [
        _claim("Faster, in steps", "reach_steps", differences),
        _claim("Faster, in wall time", "reach_seconds", differences),
        _claim("Lower early loss", "early_loss", differences),
        _claim("Steadier", "early_jumps", differences),
    ]


def early_details(summary: Json) -> list[tuple[str, ...]]:
    """A row for each comparison: quantum arm, other arm, and the paired differences."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for each in summary["convergence"]["differences"]:
        digits = _FIGURES[each["measure"]][1]
        mean = signed(f"{each['mean']:.{digits}f}")
        text = f"{mean} {interval(each['low'], each['high'], digits)}".strip()
        mark = "" if each["exceeds_spread"] else " ○"
        rows.setdefault((each["first"], each["second"]), {})[each["measure"]] = text + mark
    return [(*names, *(cells.get(key, "–") for key in _FIGURES)) for names, cells in rows.items()]


def level_text(summary: Json) -> str:
    """What the level is."""
    level = summary["convergence"]["level"]
    if summary["convergence"]["level_given"]:
        return f"validation loss {level:.3f}, as the study says"
    return f"validation loss {level:.3f}, half-way from the start to where the slowest run ended"


def _claim(word: str, key: str, differences: Sequence[Json]) -> str:
    chosen = [each for each in differences if each["measure"] == key]
    wins = [each for each in chosen if each["exceeds_spread"] and each["mean"] < 0]
    losses = [each for each in chosen if each["exceeds_spread"] and each["mean"] > 0]
    total, rest = len(chosen), len(chosen) - len(wins) - len(losses)
    holds = "holds" if len(wins) == total and total else "does not hold"
    return (
        f"{word}: {holds}. Quantum sublayers are ahead in {len(wins)} of {total} comparisons with "
        f"other methods, behind in {len(losses)}, within the seeds' spread in {rest}."
    )


def _cell(estimate: Json | None, key: str) -> str:
    if estimate is None:
        return "–"
    digits = _FIGURES[key][1]
    half = "" if estimate["low"] is None else f" ± {estimate['high'] - estimate['mean']:.{digits}f}"
    return f"{estimate['mean']:.{digits}f}{half}"
