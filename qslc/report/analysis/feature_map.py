"""Show the function of its features that the layer computes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qslc.analyze.feature_map import compute_map
from qslc.report.analysis.topic import SCHULD, Analysis, Figure, Topic
from qslc.report.numbers import format_number
from qslc.report.sections import Section, Table


def show_map(analysis: Analysis) -> Section:
    """Make the section on the map from features."""
    found, circuit = analysis["map"], analysis["circuit"]
    least = "at least " if found["saturated"] else ""
    rows = [
        ("outputs", str(len(circuit["observables"]))),
        ("dimension of their span, at fixed angles", str(found["at_a_point"])),
        ("dimension of their span, over all angles", f"{least}{found['over_angles']:,}"),
        ("variance of an output over inputs", format_number(found["variance"])),
    ]
    if found["bound"]:
        rows.insert(3, ("independent quadratic forms of the amplitudes", f"{found['bound']:,}"))
    return Section(
        "The map from features",
        tuple(_describe_map(circuit)),
        f"Numerical ranks of the outputs on {found['samples']:,} random inputs at uniform angles; "
        "“at least” where the number of inputs is the limit.",
        (SCHULD,),
        (Table(("", ""), tuple(rows)),),
    )


def _describe_map(circuit: Mapping[str, Any]) -> Iterator[str]:
    if circuit["pad"] is None:
        yield "Each output is a trigonometric function of the features."
        return
    yield "Each output is a quadratic form xᵀAx of the normalized amplitudes x."
    if circuit["pad"] in ("bias", "reference"):
        yield "The constant amplitudes make it a quadratic, a linear and a constant part."
    else:
        yield "It cannot tell x from −x, nor from a multiple of x."


TOPICS = (Topic("map", (Figure("map", compute_map, of_states=True),), show_map, "map"),)
