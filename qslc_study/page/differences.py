"""Tabulate differences between arms: each pair, neighbors in rank, and budgets."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import zip_longest

from qslc.report.numbers import format_signed
from qslc.report.sections import Cell, Table
from qslc_study.page import Json
from qslc_study.page.table import count_parameters, format_interval, has_role
from qslc_study.results.measures import QUALITY, find_measure
from qslc_study.spec.methods import Role

_COLUMNS = 18
"""Columns of a matrix, at most: as many as a sheet of paper holds."""


@dataclass(frozen=True, slots=True)
class Matrix:
    """Arm of the row minus arm of the column, from the best arm to the worst.

    A matrix of many arms is in parts, each with some of the columns.
    """

    title: str
    parts: tuple[tuple[tuple[str, ...], tuple[tuple[str, tuple[Cell, ...]], ...]], ...]


class _Comparison:
    """The arms in one measure: from the best to the worst, and their differences."""

    def __init__(self, summary: Json, key: str) -> None:
        what = find_measure(key)
        self.title = f"{what.name} {'↑' if what.better > 0 else '↓'}"
        arms = [arm for arm in summary["arms"] if key in arm["measures"]]
        arms.sort(key=lambda arm: -what.better * arm["measures"][key]["mean"])
        self.ranking = tuple(arm["name"] for arm in arms)
        self._cells = {(name, name): Cell("", "self") for name in self.ranking}
        for each in summary["differences"]:
            if each["measure"] == key:
                first, second, digits = each["first"], each["second"], min(what.digits, 3)
                self._cells[first, second] = _make_cell(each, 1, digits)
                self._cells[second, first] = _make_cell(each, -1, digits)

    def rank(self) -> list[Cell]:
        """Return the arms from the best to the worst, each with its lead over the next."""
        pairs = zip_longest(self.ranking, self.ranking[1:], fillvalue="")
        return [Cell(name, note=self.find(name, other)) for name, other in pairs]

    def find(self, first: str, second: str) -> Cell:
        """Return one arm minus another; nothing if they were not compared."""
        return self._cells.get((first, second), Cell(""))


def _make_cell(found: Json, sign: int, digits: int) -> Cell:
    """Write a difference, toned by whom it speaks for if it exceeds the spread; its interval."""
    ends = sorted(sign * end for end in (found["low"], found["high"]) if end is not None)
    low, high = ends or (None, None)
    mean = sign * found["mean"]
    text, interval = f"{mean:+.{digits}f}", format_interval(low, high, digits)
    if not found["exceeds_spread"]:
        return Cell(format_signed(text), "unclear", interval)
    return Cell(format_signed(text), "good" if mean * found["better"] > 0 else "bad", interval)


def make_matrix(summary: Json, key: str) -> Matrix:
    """Return all pairs of arms in one measure."""
    compared = _Comparison(summary, key)
    names = compared.ranking
    blocks = [names[i : i + _COLUMNS] for i in range(0, len(names), _COLUMNS)]
    return Matrix(
        compared.title,
        tuple(
            (block, tuple((a, tuple(compared.find(a, b) for b in block)) for a in names))
            for block in blocks
        ),
    )


def rank_arms(summary: Json) -> Table:
    """Return the arms from the best to the worst in each measure, with the lead over the next."""
    measures = [_Comparison(summary, key) for key in list_compared(summary)]
    ranks = enumerate(zip_longest(*(compared.rank() for compared in measures), fillvalue=""), 1)
    rows = tuple((str(rank), *cells) for rank, cells in ranks)
    return Table(("rank", *(compared.title for compared in measures)), rows)


def compare_budgets(summary: Json) -> Table:
    """Compare each quantum arm with the LoRA arm of the nearest number of trainable parameters."""
    measures = [_Comparison(summary, key) for key in list_compared(summary)]
    quantum = [arm for arm in summary["arms"] if has_role(arm, Role.QUANTUM)]
    others = [arm for arm in summary["arms"] if has_role(arm, Role.BASELINE)]
    rows = []
    for arm in sorted(quantum, key=count_parameters) if others else ():
        size = count_parameters(arm)
        near = min(others, key=lambda other: abs(math.log(count_parameters(other) / size)))
        cells = tuple(compared.find(arm["name"], near["name"]) for compared in measures)
        if any(cells):
            names = tuple(f"{each['name']}, {count_parameters(each):,}" for each in (arm, near))
            rows.append((*names, *cells))
    titles = (compared.title for compared in measures)
    return Table(("sublayer, parameters", "LoRA, parameters", *titles), tuple(rows), texts=2)


def list_compared(summary: Json) -> list[str]:
    """Return the measures in which arms are compared."""
    having = {each["measure"] for each in summary["differences"]}
    return [key for key in QUALITY if key in having]
