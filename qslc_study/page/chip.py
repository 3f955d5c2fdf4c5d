"""Tabulate what is left of trained sublayers on their chip."""

from __future__ import annotations

from qslc.report.sections import Table
from qslc_study.page import Json
from qslc_study.page.table import format_estimate

HEAD = ("arm", "shots", "calibrated on", "test loss", "kept gain, %")


def tabulate_conditions(summary: Json) -> Table:
    """Tabulate the test loss of each arm, and what it keeps of its gain, by condition."""
    rows = (
        (
            each["arm"],
            f"{each['shots']:,}",
            f"{each['calibrate']:,} tokens" if each["calibrate"] else "nothing",
            format_estimate(each["loss"], 4),
            format_estimate(_scale(each["kept"], 100), 1),
        )
        for each in summary["chip"]
    )
    return Table(HEAD, tuple(rows), texts=1)


def _scale(estimate: Json, factor: float) -> Json:
    ends = ("mean", "low", "high")
    return {end: None if estimate[end] is None else factor * estimate[end] for end in ends}
