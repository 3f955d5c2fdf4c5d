"""The analysis in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from qslc.emit.analysis.function_section import weights
from qslc.emit.analysis.tiles import tiles


def summary(analysis: Mapping[str, Any]) -> Iterator[RenderableType]:
    """The name, the numbers worth seeing first, what the weights do, and what was left out."""
    circuit = analysis["circuit"]
    kind = f"{circuit['qubits']} qubits, {circuit['layers']} layers, {circuit['encoder']} encoder"
    yield Text(f"{analysis['name']}: {kind}", style="bold")
    table = Table("", "", "", box=None, show_header=False)
    for tile in tiles(analysis):
        table.add_row(Text(tile.label), Text(tile.value, style="bold"), Text(tile.note))
    yield table
    yield from weights(analysis).findings
    for reason in analysis["skipped"]:
        yield Text.assemble(("left out", "bold"), f": {reason}")
