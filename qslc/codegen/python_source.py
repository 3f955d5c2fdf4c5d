"""Python expressions laid out as the formatter lays them out.

An expression is a text, or a group: something in brackets whose items may go on lines of their
own. The result needs no formatter at run time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

WIDTH = 100


@dataclass(frozen=True, slots=True)
class Group:
    """A call (``head`` is what is called), or a tuple or list (``head`` is empty)."""

    head: str
    items: tuple[Source, ...]
    brackets: str = "()"

    @property
    def is_call(self) -> bool:
        return bool(self.head)


Source: TypeAlias = str | Group


def call(function: str, *arguments: Source) -> Group:
    return Group(function, arguments)


def tuple_of(*items: Source) -> Group:
    return Group("", items)


def list_of(*items: Source) -> Group:
    return Group("", items, "[]")


def flat(source: Source) -> str:
    """The expression on one line."""
    if isinstance(source, str):
        return source
    comma = "," if len(source.items) == 1 and not source.is_call and source.brackets == "()" else ""
    inner = ", ".join(flat(item) for item in source.items)
    return f"{source.head}{source.brackets[0]}{inner}{comma}{source.brackets[1]}"


def layout(prefix: str, source: Source, indent: int = 0, suffix: str = "") -> list[str]:
    """The lines of ``prefix + expression + suffix``, at most ``WIDTH`` wide where it can break.

    A call whose arguments fit on one line keeps them together; other groups that are too long
    have one item a line.
    """
    margin = " " * indent
    line = f"{margin}{prefix}{flat(source)}{suffix}"
    if len(line) <= WIDTH or isinstance(source, str):
        return [line]
    inner = f"{margin}    {', '.join(flat(item) for item in source.items)}"
    if source.is_call and len(inner) <= WIDTH:
        body = [inner]
    else:
        body = [line for item in source.items for line in layout("", item, indent + 4, ",")]
    opening = f"{margin}{prefix}{source.head}{source.brackets[0]}"
    return [opening, *body, f"{margin}{source.brackets[1]}{suffix}"]
