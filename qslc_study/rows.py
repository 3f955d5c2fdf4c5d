"""Read the rows of a CSV or JSONL file, each with the line it begins on."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qslc.diagnostics import Diagnostic, InputError, Span
from qslc.spec.places import find_repeated
from qslc.spec.wording import quote

MAX_TEXT = 1_000_000
"""The longest source or target, in characters."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: its line, counted from 1, and its values by column."""

    line: int
    values: Mapping[str, Any]


def read_rows(path: Path) -> list[Row]:
    """Read a file: CSV with a header if it ends in .csv, else one JSON object to a line.

    Lines end with a line feed, in CSV with a carriage return too; no other character ends one.

    Raises:
        InputError: The file cannot be read, holds no rows, or a line is not what it should be.
    """
    text = read_data(path)
    rows = list(_read_csv(text, path) if path.suffix.lower() == ".csv" else _read_jsonl(text, path))
    if not rows:
        raise make_error(path, 1, "the file holds no rows")
    return rows


def _read_csv(text: str, path: Path) -> Iterator[Row]:
    limit = csv.field_size_limit(MAX_TEXT)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 0
    try:
        header = next(reader, None)
        if header is None:
            raise make_error(path, 1, "the file is empty", "the first line names the columns")
        for _, name in find_repeated(filter(None, header)):
            raise make_error(path, 1, f"two columns are called {quote(name)}")
        line = reader.line_num
        for values in reader:
            if values and len(values) != len(header):
                message = f"{len(values)} columns, where the header names {len(header)}"
                raise make_error(path, line + 1, message, "put a text that holds a comma in quotes")
            if values:
                yield Row(line + 1, dict(zip(header, values, strict=True)))
            line = reader.line_num
    except csv.Error as error:
        raise _make_csv_error(path, line + 1, reader.line_num, str(error)) from None
    finally:
        csv.field_size_limit(limit)


def _make_csv_error(path: Path, first: int, last: int, reason: str) -> InputError:
    """Return the error of a row that begins on one line and cannot be read beyond another."""
    if "unexpected end of data" in reason:
        return make_error(path, first, "a quote that opens in this row is never closed")
    if "field limit" in reason:
        message = f"a text of more than {MAX_TEXT} characters"
        return make_error(path, first, message, "is a quote not closed?")
    return make_error(path, last, f"this is not CSV: {reason}")


def _read_jsonl(text: str, path: Path) -> Iterator[Row]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            raise make_error(path, number, "this is not JSON", _JSON, line) from None
        if not isinstance(value, dict):
            raise make_error(path, number, "expected a JSON object", _JSON, line)
        yield Row(number, value)


_JSON = 'one object to a line, such as {"source": "...", "target": "..."}'


SHOWN = 200
"""So many characters of a line go into an error."""

_FORMATS = (
    (b"\x1f\x8b", "a gzip archive", "unpack it first"),
    (b"PK\x03\x04", "a zip archive or a spreadsheet", "unpack it, or save it as CSV"),
    (b"PAR1", "a Parquet file", "write it as CSV or JSONL"),
    (b"\xff\xfe", "UTF-16", "save the file as UTF-8"),
    (b"\xfe\xff", "UTF-16", "save the file as UTF-8"),
)


def read_data(path: Path) -> str:
    """Read a UTF-8 file of any size, without a byte order mark; its line ends are left as they are.

    Raises:
        InputError: It is no regular file, cannot be read, or is no text in UTF-8.
    """
    data = _read_bytes(path)
    for start, kind, advice in _FORMATS:
        if data.startswith(start):
            raise make_error(path, 1, f"this is {kind}", advice)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        message = f"byte 0x{error.object[error.start]:02X} is not UTF-8"
        raise make_error(path, line, message, "save the file as UTF-8") from None
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise make_error(path, line, "U+0000 is no character of a text", "save the file as UTF-8")
    return text


def make_error(path: Path, line: int, message: str, advice: str = "", text: str = "") -> InputError:
    """Make the error that names a file and a line of it, whose text may be shown."""
    text = text[:SHOWN]
    span = Span(_printable_name(path), line, 1, max(1, len(text)), text)
    return InputError(Diagnostic(message, span, "", advice))


def _read_bytes(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise InputError(Diagnostic(f"cannot read {_printable_name(path)}: it is not a file"))
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise make_read_error(path, error) from None


def make_read_error(path: Path, error: Exception) -> InputError:
    """Make the error of a file that the system does not read."""
    reason = getattr(error, "strerror", None) or "its name is not a path"
    return InputError(Diagnostic(f"cannot read {_printable_name(path)}: {reason}"))


def _printable_name(path: Path) -> str:
    return str(path).encode("utf-8", "replace").decode()
