"""Tabulate differences between arms: each pair, neighbors in rank, and budgets."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from qslc.report.numbers import format_signed
from qslc_study.page import Json
from qslc_study.page.table import format_interval, has_role
from qslc_study.results.measures import QUALITY, Measure, find_measure
from qslc_study.spec.methods import Role

Tone = Literal["good", "bad", "unclear", "self"]

_COLUMNS = 18
"""Of a matrix, at most: as many as a sheet of paper holds."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A difference; ``tone`` says for whom it speaks and whether it exceeds the seeds' spread."""

    text: str
    interval: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Matrix:
    """Arm of the row minus arm of the column, from the best arm to the worst.

    A matrix of many arms is in parts, each with some of the columns.
    """

    title: str
    parts: tuple[tuple[tuple[str, ...], tuple[tuple[str, tuple[Cell, ...]], ...]], ...]


@dataclass(frozen=True, slots=True)
class Ranked:
    """An arm in its rank, and how much better it is than the next one."""

    name: str
    lead: Cell | None


@dataclass(frozen=True, slots=True)
class Table:
    """Rows with a cell for each measure in ``head``; the first cells of a row name it."""

    head: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], tuple[Any, ...]], ...]


def make_matrix(summary: Json, key: str) -> Matrix:
    """Return all pairs of arms in one measure."""
    names, known = _rank(summary, key), _find_differences(summary, key)
    blocks = [tuple(names[i : i + _COLUMNS]) for i in range(0, len(names), _COLUMNS)]
    return Matrix(
        _name_measure(key),
        tuple(
            (block, tuple((a, tuple(_make_cell(known, a, b, key) for b in block)) for a in names))
            for block in blocks
        ),
    )


def rank_arms(summary: Json) -> Table:
    """Return the arms from the best to the worst in each measure, with the lead over the next."""
    keys = list_compared(summary)
    columns = [_list_leads(summary, key) for key in keys]
    ranks = range(max(map(len, columns), default=0))
    return Table(
        tuple(map(_name_measure, keys)),
        tuple(
            ((str(k + 1),), tuple(column[k] if k < len(column) else None for column in columns))
            for k in ranks
        ),
    )


def compare_budgets(summary: Json) -> Table:
    """Compare each quantum arm with the LoRA arm of the nearest number of trainable parameters."""
    keys = list_compared(summary)
    known = {key: _find_differences(summary, key) for key in keys}
    quantum = [arm for arm in summary["arms"] if has_role(arm, Role.QUANTUM)]
    others = [arm for arm in summary["arms"] if has_role(arm, Role.BASELINE)]
    rows = []
    for arm in sorted(quantum, key=_count_parameters) if others else ():
        near = min(
            others,
            key=lambda other: abs(math.log(_count_parameters(other) / _count_parameters(arm))),
        )
        cells = [_find_cell(known[key], arm["name"], near["name"], key) for key in keys]
        if any(cells):
            names = (_name_with_size(arm), _name_with_size(near))
            rows.append((names, tuple(cells)))
    return Table(tuple(map(_name_measure, keys)), tuple(rows))


def list_compared(summary: Json) -> list[str]:
    """Return the measures in which arms are compared."""
    having = {each["measure"] for each in summary["differences"]}
    return [key for key in QUALITY if key in having]


def _name_measure(key: str) -> str:
    """Return the name of a measure, and which way is better: "BLEU ↑"."""
    what = find_measure(key)
    return f"{what.name} {'↑' if what.better > 0 else '↓'}"


def _list_leads(summary: Json, key: str) -> list[Ranked]:
    names, known = _rank(summary, key), _find_differences(summary, key)
    following: Sequence[str | None] = [*names[1:], None]
    return [
        Ranked(name, _find_cell(known, name, other, key) if other else None)
        for name, other in zip(names, following, strict=True)
    ]


def _rank(summary: Json, key: str) -> list[str]:
    arms = [arm for arm in summary["arms"] if key in arm["measures"]]
    better = find_measure(key).better
    arms.sort(key=lambda arm: -better * arm["measures"][key]["mean"])
    return [arm["name"] for arm in arms]


def _find_differences(summary: Json, key: str) -> Mapping[tuple[str, str], Json]:
    return {
        (each["first"], each["second"]): each
        for each in summary["differences"]
        if each["measure"] == key
    }


def _find_cell(
    known: Mapping[tuple[str, str], Json], first: str, second: str, key: str
) -> Cell | None:
    found = (first, second) in known or (second, first) in known
    return _make_cell(known, first, second, key) if found else None


def _make_cell(known: Mapping[tuple[str, str], Json], first: str, second: str, key: str) -> Cell:
    if first == second:
        return Cell("", "", "self")
    sign = 1 if (first, second) in known else -1
    found = known[(first, second) if sign == 1 else (second, first)]
    digits = _count_digits(find_measure(key))
    ends = [sign * end for end in (found["low"], found["high"]) if end is not None]
    low, high = sorted(ends) if ends else (None, None)
    mean = sign * found["mean"]
    tone: Tone = "good" if mean * found["better"] > 0 else "bad"
    shown = format_signed(f"{mean:+.{digits}f}")
    return Cell(
        shown, format_interval(low, high, digits), tone if found["exceeds_spread"] else "unclear"
    )


def _count_digits(what: Measure) -> int:
    return min(what.digits, 3)


def _name_with_size(arm: Json) -> str:
    return f"{arm['name']}, {_count_parameters(arm):,}"


def _count_parameters(arm: Json) -> int:
    return int(arm["parameters"]["trainable"])
