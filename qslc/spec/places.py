"""Represent values and problems at their places in a YAML text."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from typing_extensions import assert_never

from qslc.diagnostics import Diagnostic, InputError, Span

Scalar: TypeAlias = bool | int | float | str | None
Path: TypeAlias = tuple[str | int, ...]


class Faulty:
    """The value of what a diagnostic has already been given for."""


FAULTY = Faulty()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar."""

    span: Span
    value: Scalar | Faulty


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    span: Span
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping and its value."""

    key: str
    span: Span
    node: Node


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping."""

    span: Span
    entries: tuple[Entry, ...]


Node: TypeAlias = Leaf | Items | Entries


def to_plain(node: Node) -> Any:
    """Return the value as dictionaries, lists and scalars."""
    match node:
        case Entries(_, entries):
            return {entry.key: to_plain(entry.node) for entry in entries}
        case Items(_, items):
            return [to_plain(item) for item in items]
        case Leaf():
            return node.value
    assert_never(node)


def _find_child(node: Node, step: str | int) -> tuple[Span, Node] | None:
    match node:
        case Entries(_, entries):
            return next(((entry.span, entry.node) for entry in entries if entry.key == step), None)
        case Items(_, items) if isinstance(step, int) and step < len(items):
            return items[step].span, items[step]
    return None


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
        if isinstance(data, str):
            return None
        try:
            data = data[step]
        except (IndexError, KeyError, TypeError):
            return None
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
    """Return a problem at the place of a path below a node; without a node, at no place.

    The place is that of the value, or of the closest one around it that exists, or of its key.
    """
    span = None
    if root is not None:
        key, node = root.span, root
        for step in path:
            child = _find_child(node, step)
            if child is None:
                break
            key, node = child
        span = key if problem.on_key else node.span
    return Diagnostic(problem.message, span, format_path(problem.path), problem.help)


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
