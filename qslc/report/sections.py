"""The parts of a page as data: tiles, tables, sections, sources."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Tone = Literal["good", "bad", "same"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """Judgment of a figure: fine or not, and in a sentence why, or what to change."""

    tone: Literal["fine", "change"]
    text: str


@dataclass(frozen=True, slots=True)
class Tile:
    """A number worth seeing first.

    Args:
        label: Name of the number.
        value: The number.
        note: What to compare it with, or what it is from.
        verdict: Judgment of it.
    """

    label: str
    value: str
    note: str
    verdict: Verdict


class Cell(str):
    """A text of a table that a page marks by its tone, with a note beside it in small letters.

    The tone of the first cell is that of the row.
    """

    tone: str
    note: str

    def __new__(cls, text: str, tone: str = "", note: str = "") -> Cell:
        cell = super().__new__(cls, text)
        cell.tone, cell.note = tone, note
        return cell


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of texts and numbers.

    Args:
        head: Heading of each column; nothing where they have none.
        rows: Cells of each row.
        texts: Number of first columns that hold text; the others hold numbers.
        hidden: Number of rows that are left out at the end.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1
    hidden: int = 0


@dataclass(frozen=True, slots=True)
class Reference:
    """A source and its address."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a page.

    Args:
        title: Title.
        findings: What holds for this circuit, in sentences.
        method: How it was computed, and what the convention is.
        references: Sources.
        tables: Tables of numbers.
        plots: Plots, each an SVG.
    """

    title: str
    findings: tuple[str, ...]
    method: str
    references: tuple[Reference, ...]
    tables: tuple[Table, ...] = ()
    plots: tuple[str, ...] = ()


def cite_arxiv(text: str, number: str) -> Reference:
    """Return a paper of arXiv as a source."""
    return Reference(f"{text}, arXiv:{number}", f"https://arxiv.org/abs/{number}")
