"""Write results as JSON with a line for each case: a diff shows which of them changed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any


def write_lines(path: Path, value: Any) -> None:
    """Write a JSON file with a line for each item of a list, or of the lists in a mapping."""
    path.write_text(_format(value) + "\n", encoding="utf-8")


def _format(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "[\n" + ",\n".join(map(json.dumps, value)) + "\n]"
    return (
        "{\n" + ",\n".join(f"{json.dumps(k)}: {_format_item(v)}" for k, v in value.items()) + "\n}"
    )


def _format_item(value: Any) -> str:
    return _format(value) if isinstance(value, list | tuple) else json.dumps(value)
