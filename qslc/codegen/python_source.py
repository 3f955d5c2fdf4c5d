"""Python expressions and statements laid out as the formatter lays them out.

An expression is a text, or a group: something in brackets whose items may go on lines of their
own. Each knows which names it uses, so that a layer imports and hands on what its lines need. The
result needs no formatter at run time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias

from typing_extensions import assert_never

WIDTH = 100
INDENT = 8
"""Of the body of a method."""


@dataclass(frozen=True, slots=True)
class Text:
    """An expression on one line.

    Args:
        text: The expression.
        uses: Names of the modules and variables in it that the layer must define.
    """

    text: str
    uses: frozenset[str]


@dataclass(frozen=True, slots=True)
class Group:
    """A call, or a tuple or list.

    Args:
        head: What stands before the brackets; empty for a tuple or list.
        items: What stands between them.
        brackets: The opening and the closing bracket.
        names: Names that the head uses.
    """

    head: str
    items: tuple[Source, ...]
    brackets: str = "()"
    names: frozenset[str] = frozenset()

    @property
    def is_call(self) -> bool:
        return bool(self.head)


Source: TypeAlias = str | Text | Group
"""An expression; a bare string uses no name that the layer must define."""


@dataclass(frozen=True, slots=True)
class Statement:
    """An assignment, with a comment at its end, or above it where the line has no room."""

    name: str
    source: Source
    comment: str = ""

    @property
    def uses(self) -> frozenset[str]:
        return names_in(self.source)

    @property
    def lines(self) -> list[str]:
        """The lines in the body of a method."""
        lines = layout(f"{self.name} = ", self.source, INDENT)
        if not self.comment:
            return lines
        if len(lines) == 1 and len(lines[0]) + len(self.comment) + 4 <= WIDTH:
            return [f"{lines[0]}  # {self.comment}"]
        return [f"{' ' * INDENT}# {self.comment}", *lines]


def text(source: str, *uses: str) -> Text:
    """Return an expression on one line that uses some names."""
    return Text(source, frozenset(uses))


def call(function: str, *arguments: Source) -> Group:
    """Return a call of a function, ``module.name`` or a built-in ``name``."""
    module = function.rpartition(".")[0]
    return Group(function, arguments, names=frozenset(filter(None, [module])))


def tuple_of(*items: Source) -> Group:
    return Group("", items)


def list_of(*items: Source) -> Group:
    return Group("", items, "[]")


def scale(factor: float, source: Source) -> Source:
    """Return ``factor * source``."""
    if factor == 1:
        return source
    match source:
        case str():
            return f"{factor!r} * {source}"
        case Text():
            return Text(f"{factor!r} * {source.text}", source.uses)
        case Group():
            head = f"{factor!r} * {source.head}"
            return Group(head, source.items, source.brackets, source.names)
        case _:
            assert_never(source)


def names_in(*sources: Source) -> frozenset[str]:
    """Return the names that expressions use."""
    names: frozenset[str] = frozenset()
    for source in sources:
        match source:
            case str():
                pass
            case Text():
                names |= source.uses
            case Group():
                names |= source.names | names_in(*source.items)
            case _:
                assert_never(source)
    return names


def flat(source: Source) -> str:
    """Return an expression on one line."""
    match source:
        case str():
            return source
        case Text():
            return source.text
        case Group():
            is_tuple = not source.is_call and source.brackets == "()"
            comma = "," if len(source.items) == 1 and is_tuple else ""
            inner = ", ".join(flat(item) for item in source.items)
            return f"{source.head}{source.brackets[0]}{inner}{comma}{source.brackets[1]}"
        case _:
            assert_never(source)


def layout(prefix: str, source: Source, indent: int = 0, suffix: str = "") -> list[str]:
    """Return the lines of ``prefix + expression + suffix``, broken where they are too wide.

    A call whose arguments fit on one line keeps them together; other groups that are too long
    have one item a line.
    """
    margin = " " * indent
    line = f"{margin}{prefix}{flat(source)}{suffix}"
    if len(line) <= WIDTH or not isinstance(source, Group):
        return [line]
    inner = f"{margin}    {', '.join(flat(item) for item in source.items)}"
    if source.is_call and len(inner) <= WIDTH:
        body = [inner]
    else:
        body = [line for item in source.items for line in layout("", item, indent + 4, ",")]
    opening = f"{margin}{prefix}{source.head}{source.brackets[0]}"
    return [opening, *body, f"{margin}{source.brackets[1]}{suffix}"]


def lines_of(statements: Iterable[Statement]) -> list[str]:
    return [line for statement in statements for line in statement.lines]
