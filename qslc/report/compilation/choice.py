"""Say why a circuit was chosen: the ways to the device side by side, and a sentence on the best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from typing_extensions import assert_never

from qslc.report.sections import Cell, Table
from qslc.spec.objectives import OBJECTIVES, Objective, Unit
from qslc.spec.wording import pluralize

_READ = (
    "In native gates. The one chosen and the finalists are measured after the clean-up passes, the "
    "others before."
)


@dataclass(frozen=True, slots=True)
class ChoiceTable:
    """The ways, the chosen one first, why it was chosen, and how to read the table."""

    why: str
    about: str
    table: Table


def tabulate_ways(alternatives: Sequence[Mapping[str, Any]], objective: str) -> ChoiceTable:
    """Tabulate the ways to the device that were tried, those that came out the same in one row."""
    aim = OBJECTIVES[objective]
    tried = [each for each in alternatives if each["verdict"] != "skipped"]
    skipped = [
        (Cell("skipped", "skipped"), each["method"], each["note"], "", "", "")
        for each in alternatives
        if each["verdict"] == "skipped"
    ]
    measure = "error" if aim.unit == "error" else "cost"
    head = ("", "way", "how", "two-qubit depth", "two-qubit gates", measure)
    table = Table(head, (*_fill_tried(tried, aim), *skipped), texts=3)
    return ChoiceTable(f"{aim.aim}. {_say_why(tried, aim)}", f"{_READ} {aim.measure}", table)


def _fill_tried(
    tried: Sequence[Mapping[str, Any]], objective: Objective
) -> Iterator[tuple[str, ...]]:
    for _, group in groupby(tried, key=_read_outcome):
        first, *others = group
        cost, is_error = first["cost"], objective.unit == "error"
        yield (
            Cell(first["verdict"], first["verdict"]),
            first["method"],
            Cell(first["note"], note=f"{len(others)} more alike" if others else ""),
            str(first["two_qubit_depth"]),
            str(first["two_qubit_gates"]),
            f"{cost:.3g}" if is_error else f"{cost:,}",
        )


def _read_outcome(way: Mapping[str, Any]) -> tuple[Any, ...]:
    return way["method"], way["two_qubit_depth"], way["two_qubit_gates"], way["cost"]


def _say_why(tried: Sequence[Mapping[str, Any]], objective: Objective) -> str:
    """Compare the chosen way with the best other method or, without one, the next of its own."""
    chosen, *others = tried
    won = f"Here {_name_way(chosen)} won with {_format_counts(chosen)}"
    unlike = [way for way in others if _read_outcome(way) != _read_outcome(chosen)]
    if not unlike:
        return f"{won}; nothing else came out."
    rival = next((way for way in unlike if way["method"] != chosen["method"]), unlike[0])
    against = f"The best other way, {_name_way(rival)}, has {_format_counts(rival)}"
    return f"{won}. {against}: {_say_margin(chosen['cost'], rival['cost'], objective.unit)}."


def _name_way(way: Mapping[str, Any]) -> str:
    return way["method"] if way["method"] == "synthesize" else f"{way['method']} ({way['note']})"


def _format_counts(way: Mapping[str, Any]) -> str:
    return f"depth {way['two_qubit_depth']} and {pluralize(way['two_qubit_gates'], 'gate')}"


def _say_margin(chosen: float, rival: float, unit: Unit) -> str:
    """Say how much worse the rival is, in what the objective counts first."""
    if rival == chosen:
        return "as good in this, and a tie-break decided"
    match unit:
        case "error":
            return f"{rival / chosen:.3g} times the error" if chosen else "this has none"
        case "gates":
            return f"{pluralize(int(rival - chosen), 'gate')} more"
        case "cost":
            return f"{rival / chosen:.3g} times the cost" if chosen else "this has none"
    assert_never(unit)
