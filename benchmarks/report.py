"""Show results as tables, and keep them as JSON with a line for each case."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text.

    Args:
        heads: Heading of each column.
        rows: Cells of each row.
        title: Title, if any.
        texts: Number of first columns that hold text; the others hold numbers. All, if not given.
    """

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    title: str = ""
    texts: int | None = None

    def print(self, width: int = 120) -> None:
        """Print the table to the console."""
        table = RichTable(*self.heads, title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*row)
        Console(width=width).print(table)

    def markdown(self) -> str:
        """Return the table in Markdown, under its title."""
        texts = len(self.heads) if self.texts is None else self.texts
        rule = ["---"] * texts + ["---:"] * (len(self.heads) - texts)
        lines = (f"| {' | '.join(row)} |\n" for row in (self.heads, rule, *self.rows))
        return (f"## {self.title}\n\n" if self.title else "") + "".join(lines)


def write_lines(path: Path, value: Any) -> None:
    """Write a JSON file with a line for each item of a list, or of the lists in a mapping.

    So a diff shows which cases changed.
    """
    path.write_text(_format(value) + "\n", encoding="utf-8")


def _format(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
    items = (f"{json.dumps(key)}: {_format_item(item)}" for key, item in value.items())
    return "{\n" + ",\n".join(items) + "\n}"


def _format_item(value: Any) -> str:
    return _format(value) if isinstance(value, list | tuple) else json.dumps(value)
