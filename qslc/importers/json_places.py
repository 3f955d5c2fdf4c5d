"""Find where in a JSON text a value stands."""

from __future__ import annotations

import json
import re

from qslc.diagnostics import Span
from qslc.spec.places import Path

_BLANK = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder()


def find_span(text: str, path: Path, file: str) -> Span:
    """Return the line and the columns of a value.

    Args:
        text: JSON that could be read.
        path: Keys and positions that lead to the value.
        file: The file's name.
    """
    start = _skip_blank(text, 0)
    for step in path:
        start = _find_entry(text, start, step)
    _, end = _DECODER.raw_decode(text, start)
    first = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", start)
    line = text[first : stop if stop >= 0 else len(text)].removesuffix("\r")
    column = start - first
    length = max(1, min(end - start, len(line) - column))
    return Span(file, text.count("\n", 0, start) + 1, column + 1, length, line)


def _find_entry(text: str, start: int, step: str | int) -> int:
    """Return where an entry begins of the object or list that begins at ``start``.

    Of equal keys the last one counts.
    """
    found, position, number = start, _skip_blank(text, start + 1), 0
    while text[position] not in "}]":
        key: str | int = number
        if text[start] == "{":
            key, position = _DECODER.raw_decode(text, position)
            position = _skip_blank(text, _skip_blank(text, position) + 1)
        if key == step:
            found = position
        _, position = _DECODER.raw_decode(text, position)
        position = _skip_blank(text, position)
        if text[position] == ",":
            position = _skip_blank(text, position + 1)
        number += 1
    return found


def _skip_blank(text: str, position: int) -> int:
    match = _BLANK.match(text, position)
    return match.end() if match else position
