"""Describe what is wrong with a document, and place it in the text."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from qslc.diagnostics import Diagnostic, InputError
from qslc.spec.nodes import Node, Path, find_place

Value = TypeVar("Value", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Problem:
    """A message about the value, or the key, at a path."""

    path: Path
    message: str
    help: str = ""
    on_key: bool = False


def format_path(path: Path) -> str:
    """Return a path as it is printed: "ansatz.block[0].ry.on"."""
    steps = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    return "".join(steps).removeprefix(".")


def get_value(data: Any, path: Path) -> Any:
    """Return the value at a path, or None where there is none."""
    for step in path:
        inside = isinstance(data, Mapping) or (
            isinstance(data, list | tuple) and isinstance(step, int) and step < len(data)
        )
        if not inside or (isinstance(data, Mapping) and step not in data):
            return None
        data = data[step]
    return data


def find_repeated(values: Iterable[Value]) -> Iterator[tuple[int, Value]]:
    """Yield the values that have occurred before, with their positions."""
    seen: set[Value] = set()
    for position, value in enumerate(values):
        if value in seen:
            yield position, value
        seen.add(value)


MAX_DIAGNOSTICS = 50

Document = TypeVar("Document")


def locate(problem: Problem, root: Node | None, path: Path) -> Diagnostic:
    """Return a problem at the place of a path below a node; without a node, at no place."""
    where = format_path(problem.path)
    if root is None:
        return Diagnostic(problem.message, None, where, problem.help)
    found = find_place(root, path)
    span = found.key if problem.on_key else found.value
    return Diagnostic(problem.message, span, where, problem.help)


def accept(document: Document | None, found: tuple[Diagnostic, ...]) -> Document:
    """Return a document if nothing was found to be wrong with it.

    Raises:
        InputError: Something was found; at most ``MAX_DIAGNOSTICS`` are listed.
    """
    if len(found) > MAX_DIAGNOSTICS:
        rest = len(found) - MAX_DIAGNOSTICS
        found = (*found[:MAX_DIAGNOSTICS], Diagnostic(f"and {rest} more errors"))
    if found or document is None:
        raise InputError(*found)
    return document


def sort_by_place(diagnostics: Iterable[Diagnostic], file: str) -> tuple[Diagnostic, ...]:
    """Sort diagnostics by the order of the text, those of one file first."""

    def position(diagnostic: Diagnostic) -> tuple[bool, int, int]:
        span = diagnostic.span
        return (span.file != file, span.line, span.column) if span else (True, 0, 0)

    return tuple(sorted(diagnostics, key=position))
