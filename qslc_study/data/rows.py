"""Rows of a CSV or JSONL file, each with the line it begins on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qslc.diagnostics import InputError
from qslc.spec.problems import repeated
from qslc.spec.wording import shown
from qslc_study.data.text_file import bad_line, read_data

MAX_TEXT = 1_000_000
"""The longest source or target, in characters."""


@dataclass(frozen=True, slots=True)
class Row:
    """The line, counted from 1, and what it holds."""

    line: int
    values: Mapping[str, Any]


def read_rows(path: Path) -> list[Row]:
    """The rows of a file: CSV with a header if it ends in .csv, else one JSON object to a line.

    Lines end with a line feed, in CSV with a carriage return too; no other character ends one.

    Raises:
        InputError: the file cannot be read, holds no rows, or a line is not what it should be.
    """
    text = read_data(path)
    rows = list(_csv(text, path) if path.suffix.lower() == ".csv" else _jsonl(text, path))
    if not rows:
        raise bad_line(path, 1, "the file holds no rows")
    return rows


def _csv(text: str, path: Path) -> Iterator[Row]:
    limit = csv.field_size_limit(MAX_TEXT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 0
    try:
        header = next(reader, None)
        if header is None:
            raise bad_line(path, 1, "the file is empty", "the first line names the columns")
        for _, name in repeated(filter(None, header)):
            raise bad_line(path, 1, f"two columns are called {shown(name)}")
        line = reader.line_num
        for values in reader:
            if values and len(values) != len(header):
                message = f"{len(values)} columns, where the header names {len(header)}"
                raise bad_line(path, line + 1, message, "put a text that holds a comma in quotes")
            if values:
                yield Row(line + 1, dict(zip(header, values, strict=True)))
            line = reader.line_num
    except csv.Error as error:
        raise _not_csv(path, line + 1, reader.line_num, str(error)) from None
    finally:
        csv.field_size_limit(limit)


def _not_csv(path: Path, first: int, last: int, reason: str) -> InputError:
    """The error of a row that begins on one line and is given up on another."""
    if "unexpected end of data" in reason:
        return bad_line(path, first, "a quote that opens in this row is never closed")
    if "field limit" in reason:
        message = f"a text of more than {MAX_TEXT} characters"
        return bad_line(path, first, message, "is a quote not closed?")
    return bad_line(path, last, f"this is not CSV: {reason}")


def _jsonl(text: str, path: Path) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            raise bad_line(path, number, "this is not JSON", _JSON, line) from None
        if not isinstance(value, dict):
            raise bad_line(path, number, "expected a JSON object", _JSON, line)
        yield Row(number, value)


_JSON = 'one object to a line, such as {"source": "...", "target": "..."}'
