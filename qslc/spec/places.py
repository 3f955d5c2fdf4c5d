"""Represent values and problems at their places in a YAML text."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeVar

from qslc.diagnostics import Diagnostic, InputError, Span

Scalar: TypeAlias = bool | int | float | str | None
Path: TypeAlias = tuple[str | int, ...]


class Faulty:
    """The value of what a diagnostic has already been given for."""


FAULTY = Faulty()


@dataclass(frozen=True, slots=True)
class Node:
    """A value at its place in the text, and the place of its key if it has one."""

    span: Span
    value: Scalar | Faulty | tuple[Node, ...] | dict[str, Node]
    key: Span | None = None

    def list_children(self) -> tuple[Node, ...]:
        """Return the nodes of a list or mapping; a scalar has none."""
        if isinstance(self.value, dict):
            return tuple(self.value.values())
        return self.value if isinstance(self.value, tuple) else ()

    def find_child(self, step: str | int) -> Node | None:
        """Return the node under a key or at an index, if there is one."""
        if isinstance(self.value, dict):
            return self.value.get(step) if isinstance(step, str) else None
        children = self.list_children()
        return children[step] if isinstance(step, int) and step < len(children) else None


def to_plain(node: Node) -> Any:
    """Return the value as dictionaries, lists and scalars."""
    if isinstance(node.value, dict):
        return {key: to_plain(child) for key, child in node.value.items()}
    if isinstance(node.value, tuple):
        return [to_plain(child) for child in node.value]
    return node.value


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
        node = root
        for step in path:
            child = node.find_child(step)
            if child is None:
                break
            node = child
        span = (problem.on_key and node.key) or node.span
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
