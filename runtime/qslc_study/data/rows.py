"""Rows of a CSV or JSONL file, each with the line it begins on."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qslc.diagnostics import Diagnostic, InputError, Span


@dataclass(frozen=True, slots=True)
class Row:
    """The line, counted from 1, and what it holds."""

    line: int
    values: Mapping[str, Any]


def read_rows(path: Path) -> list[Row]:
    """The rows of a file: CSV with a header if it ends in .csv, else one JSON object to a line.

    Raises:
        InputError: the file cannot be read, or a line is not what it should be.
    """
    text = _text(path)
    return list(_csv(text, path) if path.suffix.lower() == ".csv" else _jsonl(text, path))


def bad_row(path: Path, line: int, message: str, help: str = "", text: str = "") -> InputError:  # noqa: A002
    """The error that names a file and a line of it."""
    return InputError(
        Diagnostic(message, Span(str(path), line, 1, max(1, len(text)), text), "", help)
    )


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        message = f"cannot read {path}: {error.strerror or error}"
        raise InputError(Diagnostic(message)) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = f"byte 0x{error.object[error.start]:02X} is not UTF-8"
        raise bad_row(path, line, message, "save the file as UTF-8") from None


def _csv(text: str, path: Path) -> Iterator[Row]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    try:
        header = next(reader, None)
        if header is None:
            raise bad_row(path, 1, "the file is empty", "the first line names the columns")
        line = reader.line_num
        for values in reader:
            if values and len(values) != len(header):
                message = f"{len(values)} columns, where the header names {len(header)}"
                raise bad_row(path, line + 1, message, "put a text that holds a comma in quotes")
            if values:
                yield Row(line + 1, dict(zip(header, values, strict=True)))
            line = reader.line_num
    except csv.Error as error:
        raise bad_row(path, reader.line_num, f"this is not CSV: {error}") from None


def _jsonl(text: str, path: Path) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            raise bad_row(path, number, "this is not JSON", _JSON, line) from None
        if not isinstance(value, dict):
            raise bad_row(path, number, "expected a JSON object", _JSON, line)
        yield Row(number, value)


_JSON = 'one object to a line, such as {"source": "...", "target": "..."}'
