"""Tell whether quantum sublayers converge faster and more steadily in the beginning."""

from __future__ import annotations

from collections.abc import Sequence

from qslc.report.numbers import format_signed
from qslc.report.sections import Table
from qslc_study.page import Json
from qslc_study.page.settings import are_alike
from qslc_study.page.table import format_interval

_FIGURES = {
    "reach_steps": ("steps to the level", 1, "faster, in steps"),
    "reach_seconds": ("seconds to the level", 1, "faster, in wall time"),
    "early_loss": ("mean early validation loss", 3, "lower early loss"),
    "early_jumps": ("early jumps of the training loss", 3, "steadier"),
}
"""Name and decimals of each figure, and what an arm is that has less of it."""
HEAD = ("", *(name for name, *_ in _FIGURES.values()))


def tabulate_early(summary: Json) -> Table:
    """Tabulate the figures of early convergence of each arm."""
    rows = (
        (arm["name"], *(_format_cell(arm["convergence"].get(key), key) for key in _FIGURES))
        for arm in summary["arms"]
    )
    return Table(HEAD, tuple(rows))


CLAIM_HEAD = ("quantum sublayers are", "it holds", "ahead", "behind", "within the seeds' spread")


def check_claims(summary: Json) -> Table:
    """Tabulate whether each claim holds, and in how many comparisons."""
    differences = summary["convergence"]["differences"]
    told = differences and len(summary["study"]["seeds"]) > 1
    keys = [key for key in _FIGURES if key != "reach_seconds" or are_alike(summary)]
    rows = (_check_claim(key, differences) for key in keys) if told else ()
    return Table(CLAIM_HEAD, tuple(rows))


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


def tabulate_comparisons(summary: Json) -> Table:
    """Tabulate the paired differences of each quantum arm from each other arm."""
    rows: dict[tuple[str, str], dict[str, str]] = {}
    for each in summary["convergence"]["differences"]:
        digits = _FIGURES[each["measure"]][1]
        mean = format_signed(f"{each['mean']:.{digits}f}")
        text = f"{mean} {format_interval(each['low'], each['high'], digits)}".strip()
        mark = "" if each["exceeds_spread"] else " ○"
        rows.setdefault((each["first"], each["second"]), {})[each["measure"]] = text + mark
    found = ((*names, *(cells.get(key, "–") for key in _FIGURES)) for names, cells in rows.items())
    return Table(("quantum", "other", *HEAD[1:]), tuple(found), texts=2)


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
