"""Lay out Python as the formatter does, so that generating a layer needs no formatter."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

WIDTH = 100
INDENT = 8
"""Of the body of a method."""
_TEXT = re.compile(r'"(?:[^"\\]|\\.)*"')


@dataclass(frozen=True, slots=True)
class Statement:
    """An assignment, with a comment at its end, or above it where the line has no room."""

    name: str
    source: str
    comment: str = ""

    @property
    def lines(self) -> list[str]:
        """The lines in the body of a method."""
        lines = lay_out(f"{self.name} = ", self.source, INDENT)
        if not self.comment:
            return lines
        if len(lines) == 1 and len(lines[0]) + len(self.comment) + 4 <= WIDTH:
            return [f"{lines[0]}  # {self.comment}"]
        return [f"{' ' * INDENT}# {self.comment}", *lines]


def write_call(function: str, *arguments: str) -> str:
    """Write a call of a function."""
    return f"{function}({', '.join(arguments)})"


def write_tuple(items: Iterable[str]) -> str:
    """Write a tuple of expressions."""
    listed = list(items)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"


def find_names(lines: Iterable[str]) -> set[str]:
    """Return the names of variables, modules and attributes in lines of one indentation."""
    tree = ast.parse(textwrap.dedent("\n".join(lines)))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def lay_out(prefix: str, source: str, indent: int = 0, suffix: str = "") -> list[str]:
    """Return the lines of ``prefix + source + suffix``, broken where they are too wide.

    A call whose arguments fit on one line keeps them together; other brackets that are too wide
    have one item a line.
    """
    margin = " " * indent
    line = f"{margin}{prefix}{source}{suffix}"
    if len(line) <= WIDTH or (parts := _open_brackets(source)) is None:
        return [line]
    head, items = parts
    inner = f"{margin}    {', '.join(items)}"
    if len(head) > 1 and len(inner) <= WIDTH:
        body = [inner]
    else:
        body = [line for item in items for line in lay_out("", item, indent + 4, ",")]
    return [f"{margin}{prefix}{head}", *body, f"{margin}{source[-1]}{suffix}"]


def _open_brackets(source: str) -> tuple[str, list[str]] | None:
    """Return an expression up to its last opening bracket, and the items there, if it may break."""
    marks: list[list[int]] = []
    last: list[int] = []
    quoted = {place for text in _TEXT.finditer(source) for place in range(*text.span())}
    for place, character in enumerate(source):
        if place in quoted:
            continue
        if character in "([{":
            marks.append([place])
        elif character == "," and marks:
            marks[-1].append(place)
        elif character in ")]}":
            last = [*marks.pop(), place]
    head = source[: last[0] + 1] if last and last[-1] == len(source) - 1 else ""
    # The brackets of a subscript stay closed, and those around a single expression.
    if (head == "(" and len(last) == 2) or not head or (head.endswith("[") and head != "["):
        return None
    items = (source[start + 1 : end].strip() for start, end in pairwise(last))
    return head, [item for item in items if item]
