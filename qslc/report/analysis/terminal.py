"""The analysis in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from qslc.report.analysis.tiles import in_short, tiles

_STYLES = {"fine": "green", "change": "yellow"}


def summary(analysis: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The name, a verdict on each figure, what to change, and what was left out."""
    circuit, found = analysis["circuit"], tiles(analysis)
    kind = f"{circuit['qubits']} qubits, {circuit['layers']} layers, {circuit['encoder']} encoder"
    yield Text(f"{analysis['name']}: {kind}", style="bold")
    yield Text(in_short(found))
    table = Table("", "", "", "", box=None, show_header=False)
    for tile in found:
        verdict = Text(tile.verdict.tone, style=_STYLES[tile.verdict.tone])
        table.add_row(verdict, Text(tile.label), Text(tile.value, style="bold"), Text(tile.note))
    yield table
    for tile in found:
        if tile.verdict.tone == "change":
            yield Text.assemble((tile.label, "bold"), f": {tile.verdict.text}")
    for reason in analysis["skipped"]:
        yield Text.assemble(("left out", "bold"), f": {reason}")
