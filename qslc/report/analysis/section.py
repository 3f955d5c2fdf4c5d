"""A section of the page, without markup."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from qslc.report.analysis.references import Reference

Analysis = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """A heading for each column, and the rows; first columns are text, the others numbers."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    texts: int = 1


@dataclass(frozen=True, slots=True)
class Section:
    """One figure.

    Args:
        title: of the section.
        findings: what holds for this circuit, in sentences.
        method: how it was computed, and what the convention is.
        references: sources.
        tables: of numbers.
        plots: names of the plots that belong here.
    """

    title: str
    findings: tuple[str, ...]
    method: str
    references: tuple[Reference, ...]
    tables: tuple[Table, ...] = ()
    plots: tuple[str, ...] = ()
