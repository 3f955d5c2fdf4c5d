"""Tell whether quantum sublayers converge faster and more steadily in the beginning."""

from __future__ import annotations

from collections.abc import Sequence

from qslc.report.numbers import format_signed
from qslc_study.page import Json
from qslc_study.page.table import format_interval

_FIGURES = {
    "reach_steps": ("steps to the level", 1, "faster, in steps"),
    "reach_seconds": ("seconds to the level", 1, "faster, in wall time"),
    "early_loss": ("mean early validation loss", 3, "lower early loss"),
    "early_jumps": ("early jumps of the training loss", 3, "steadier"),
}
"""Name and decimals of each figure, and what an arm is that has less of it."""
HEAD = ("", *(name for name, *_ in _FIGURES.values()))


def list_early_rows(summary: Json) -> list[tuple[str, ...]]:
    """Return a row for each arm: the figures of early convergence."""
    return [
        (arm["name"], *(_format_cell(arm["convergence"].get(key), key) for key in _FIGURES))
        for arm in summary["arms"]
    ]


CLAIM_HEAD = ("quantum sublayers are", "it holds", "ahead", "behind", "within the seeds' spread")


def check_claims(summary: Json) -> list[tuple[str, ...]]:
    """Return a row for each claim: whether it holds, and in how many comparisons."""
    differences = summary["convergence"]["differences"]
    if not differences or len(summary["study"]["seeds"]) < 2:
        return []
    return [_check_claim(key, differences) for key in _FIGURES]


def describe_claims(summary: Json) -> str:
    """Return what the claims are about, or why there are none."""
    if not summary["convergence"]["differences"]:
        return "The study has no quantum sublayer beside another method: nothing to compare."
    if len(summary["study"]["seeds"]) < 2:
        return "One seed: faster and steadier cannot be told from chance."
    return (
        "Comparisons of each quantum sublayer with each other method, paired by seed. A claim "
        "holds if quantum sublayers are ahead in all of them by more than the seeds' spread."
    )


def list_comparisons(summary: Json) -> list[tuple[str, ...]]:
    """Return a row for each comparison: quantum arm, other arm, and the paired differences."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for each in summary["convergence"]["differences"]:
        digits = _FIGURES[each["measure"]][1]
        mean = format_signed(f"{each['mean']:.{digits}f}")
        text = f"{mean} {format_interval(each['low'], each['high'], digits)}".strip()
        mark = "" if each["exceeds_spread"] else " ○"
        rows.setdefault((each["first"], each["second"]), {})[each["measure"]] = text + mark
    return [(*names, *(cells.get(key, "–") for key in _FIGURES)) for names, cells in rows.items()]


def describe_level(summary: Json) -> str:
    """Return what the level is, in words."""
    level = summary["convergence"]["level"]
    if summary["convergence"]["level_given"]:
        return f"validation loss {level:.3f}, as the study says"
    return f"validation loss {level:.3f}, half-way from the start to where the slowest run ended"


def _check_claim(key: str, differences: Sequence[Json]) -> tuple[str, ...]:
    chosen = [each for each in differences if each["measure"] == key]
    ahead = sum(each["exceeds_spread"] and each["mean"] < 0 for each in chosen)
    behind = sum(each["exceeds_spread"] and each["mean"] > 0 for each in chosen)
    holds = "yes" if chosen and ahead == len(chosen) else "no"
    counts = (ahead, behind, len(chosen) - ahead - behind)
    return _FIGURES[key][2], holds, *(f"{count} of {len(chosen)}" for count in counts)


def _format_cell(estimate: Json | None, key: str) -> str:
    if estimate is None:
        return "–"
    digits = _FIGURES[key][1]
    half = "" if estimate["low"] is None else f" ± {estimate['high'] - estimate['mean']:.{digits}f}"
    return f"{estimate['mean']:.{digits}f}{half}"
