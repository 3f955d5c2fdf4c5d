"""What goes wrong in a user's input: where it is, what is wrong, what to write instead."""

from __future__ import annotations

from dataclasses import dataclass

WIDTH = 100
"""The longest excerpt of a line that is printed."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line of a file. Lines and columns count from 1; ``text`` is the line."""

    file: str
    line: int
    column: int
    length: int = 1
    text: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing that is wrong.

    ``where`` is the path of the value in the spec ("ansatz.entangler.pattern"); it stands in for
    the span when a spec was built in Python and has no text.
    """

    message: str
    span: Span | None = None
    where: str = ""
    help: str = ""


class InputError(Exception):
    """The input is wrong. Carries every diagnostic found, in the order of the text."""

    def __init__(self, *diagnostics: Diagnostic) -> None:
        super().__init__("\n".join(render(diagnostic) for diagnostic in diagnostics))
        self.diagnostics = diagnostics


class CompilerFaultError(Exception):
    """qslc itself failed: what it produced does not match what went in. Nothing is written."""


def render(diagnostic: Diagnostic) -> str:
    """The diagnostic as it is printed: position, message, the line with a caret, the help."""
    span = diagnostic.span
    place = f"{span.file}:{span.line}:{span.column}: " if span else ""
    where = f"{diagnostic.where}: " if diagnostic.where and not span else ""
    lines = [f"{printable(place)}error: {where}{diagnostic.message}"]
    lines += _excerpt(span) if span and span.text else []
    lines += [f"  help: {diagnostic.help}"] if diagnostic.help else []
    return "\n".join(lines)


def printable(text: str) -> str:
    """The text without what a terminal would act on; as many characters as before."""
    return "".join(c if c.isprintable() else {"\t": "→"}.get(c, "�") for c in text)


def _excerpt(span: Span) -> list[str]:
    """The line around the span, at most ``WIDTH`` characters of it, and a caret under the span."""
    first = max(0, span.column - WIDTH // 2) if len(span.text) > WIDTH else 0
    line = printable(span.text[first : first + WIDTH])
    before = span.column - 1 - first
    caret = "^" * max(1, min(span.length, len(line) - before))
    number = str(span.line)
    return [f"  {number} | {line}", f"  {' ' * len(number)} | {' ' * before}{caret}"]
