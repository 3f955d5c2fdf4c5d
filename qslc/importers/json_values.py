"""Read values of a JSON file, and say where one is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import isfinite
from typing import Any, NoReturn

from qslc.diagnostics import Diagnostic, InputError, Span
from qslc.importers.json_places import find_span
from qslc.spec.places import Path, format_path
from qslc.spec.wording import describe, join_words


@dataclass(frozen=True)
class Value:
    """A value of a JSON file.

    Args:
        file: Name of the file, or of what has no file.
        data: The value.
        path: Keys and positions that lead to it.
        text: The whole file, if there is one.
    """

    file: str
    data: Any
    path: Path = ()
    text: str = field(default="", repr=False)

    def __getitem__(self, step: str | int) -> Value:
        """Return an entry.

        Raises:
            InputError: It is missing.
        """
        try:
            return replace(self, data=self.data[step], path=(*self.path, step))
        except (KeyError, IndexError, TypeError):
            missing = f"entry {step}" if isinstance(step, int) else f'the key "{step}"'
            self.fail(f"{missing} is missing")

    def has(self, key: str) -> bool:
        """Tell whether it is a mapping with an entry that is not null."""
        return isinstance(self.data, Mapping) and self.data.get(key) is not None

    def list_entries(self) -> Iterator[Value]:
        """Yield the entries of a list."""
        if not isinstance(self.data, list):
            self.fail(f"expected a list, got {describe(self.data)}")
        for i in range(len(self.data)):
            yield self[i]

    def read_number(self) -> float:
        """Return a finite number."""
        if isinstance(self.data, bool) or not isinstance(self.data, int | float):
            self.fail(f"expected a number, got {describe(self.data)}")
        if not isfinite(self.data):
            self.fail(f"expected a finite number, got {self.data}")
        return float(self.data)

    def read_probability(self) -> float:
        """Return a number from 0 to 1."""
        number = self.read_number()
        if not 0 <= number <= 1:
            self.fail(f"expected a probability, 0 to 1, got {self.data}")
        return number

    def read_whole(self) -> int:
        """Return a whole number that is not negative."""
        if isinstance(self.data, bool) or not isinstance(self.data, int) or self.data < 0:
            self.fail(f"expected a whole number, got {describe(self.data)}")
        return int(self.data)

    def read_text(self) -> str:
        """Return a text."""
        if not isinstance(self.data, str):
            self.fail(f"expected text, got {describe(self.data)}")
        return self.data

    def fail(self, message: str, advice: str = "") -> NoReturn:
        """Raise an error at this place."""
        where = f"{self.file}: {format_path(self.path)}" if self.path else self.file
        if self.text:
            span = find_span(self.text, self.path, self.file)
            path = f"{format_path(self.path)}: " if self.path else ""
            raise InputError(Diagnostic(f"{path}{message}", span, help=advice))
        raise InputError(Diagnostic(message, where=where, help=advice))


UNITS: Mapping[str, Mapping[str, float]] = {
    "us": {"ns": 1e-3, "us": 1.0, "µs": 1.0, "ms": 1e3, "s": 1e6},
    "ns": {"ns": 1.0, "us": 1e3, "µs": 1e3, "ms": 1e6, "s": 1e9},
}
"""What one unit is in another."""


def read_in_unit(entry: Value, unit: str) -> float:
    """Return the ``value`` of an entry with a ``unit``, in another unit.

    Raises:
        InputError: The unit is no unit of time.
    """
    given, known = entry["unit"].read_text(), UNITS[unit]
    if given not in known:
        entry["unit"].fail(f"the unit {given!r} is unknown", f"known are {join_words(known)}")
    return entry["value"].read_number() * known[given]


def parse_json(text: str, file: str) -> Value:
    """Parse a JSON text.

    Raises:
        InputError: It is not JSON; the error says where.
    """
    try:
        return Value(file, json.loads(text), text=text)
    except json.JSONDecodeError as error:
        lines = text.split("\n")  # as JSON counts them
        line = lines[error.lineno - 1].removesuffix("\r")
        span = Span(file, error.lineno, error.colno, 1, line)
        message = f"this is not JSON: {error.msg[:1].lower()}{error.msg[1:]}"
        raise InputError(Diagnostic(message, span)) from None
    except (RecursionError, ValueError) as error:
        raise InputError(Diagnostic(f"this is not JSON: {error}", where=file)) from None
