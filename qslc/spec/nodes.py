"""Represent the values of a YAML text together with the places where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from typing_extensions import assert_never

from qslc.diagnostics import Span

Scalar: TypeAlias = bool | int | float | str | None
Path: TypeAlias = tuple[str | int, ...]


class Faulty:
    """Stands for a value that a diagnostic has already been given for."""


FAULTY = Faulty()


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar."""

    span: Span
    value: Scalar | Faulty
    size: int = 1
    height: int = 1


@dataclass(frozen=True, slots=True)
class Items:
    """A list; how many values it holds with all that is inside, and how deeply nested."""

    span: Span
    items: tuple[Node, ...]
    size: int
    height: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping and its value."""

    key: str
    span: Span
    node: Node


@dataclass(frozen=True, slots=True)
class Entries:
    """A mapping; how many values it holds with all that is inside, and how deeply nested."""

    span: Span
    entries: tuple[Entry, ...]
    size: int
    height: int


Node: TypeAlias = Leaf | Items | Entries


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands, and the key that names it (at the root, the first key)."""

    key: Span
    value: Span


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


def find_place(node: Node, path: Path) -> Place:
    """Return where the value of a path stands, or the closest value around it that exists."""
    key = node.span
    for step in path:
        child = _child(node, step)
        if child is None:
            break
        key, node = child
    return Place(key, node.span)


def _child(node: Node, step: str | int) -> tuple[Span, Node] | None:
    match node:
        case Entries(_, entries):
            return next(((entry.span, entry.node) for entry in entries if entry.key == step), None)
        case Items(_, items) if isinstance(step, int) and step < len(items):
            return items[step].span, items[step]
    return None
