"""Say what is wrong in a user's input: where it is, what is wrong, what to write instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

WIDTH = 100
"""The longest excerpt of a line that is printed."""

_BLANK_LETTERS = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0"
"""Characters that Unicode counts as letters or marks, and that show nothing."""


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
        super().__init__(*diagnostics)  # what pickle and copy make it from again
        self.diagnostics = diagnostics

    def __str__(self) -> str:
        return "\n".join(render(diagnostic) for diagnostic in self.diagnostics)


class CompilerFaultError(Exception):
    """A failure of qslc itself: what it made does not match what went in. Nothing is written."""


def render(diagnostic: Diagnostic) -> str:
    """Format a diagnostic for a terminal: position, message, the line with a caret, the help."""
    span = diagnostic.span
    place = f"{span.file}:{span.line}:{span.column}: " if span else ""
    where = f"{diagnostic.where}: " if diagnostic.where and not span else ""
    lines = [escape(f"{place}error: {where}{diagnostic.message}")]
    lines += _format_excerpt(span) if span and span.text else []
    lines += [escape(f"  help: {diagnostic.help}")] if diagnostic.help else []
    return "\n".join(lines)


def escape(text: object) -> str:
    """Escape what a terminal would act on or not show, line ends too: ``\\x1b``, ``\\u202e``."""
    return "".join(map(_show, str(text)))


def escape_json(text: str) -> str:
    """Escape in JSON what ``escape`` escapes elsewhere; the values stay what they are."""
    return re.sub(r"[^\n -~]", lambda match: _show_in_json(match[0]), text)


def _show(character: str) -> str:
    if character.isprintable() and character not in _BLANK_LETTERS:
        return character
    return "→" if character == "\t" else ascii(character)[1:-1]


def _show_in_json(character: str) -> str:
    if _show(character) == character:
        return character
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _format_excerpt(span: Span) -> list[str]:
    """Return the line around the span, at most ``WIDTH`` characters of it, with a caret below."""
    from rich.cells import cell_len

    first = max(0, span.column - WIDTH // 2) if len(span.text) > WIDTH else 0
    shown = span.text[first : first + WIDTH]
    start = span.column - 1 - first
    before, marked = escape(shown[:start]), escape(shown[start : start + span.length])
    caret = " " * cell_len(before) + "^" * max(1, cell_len(marked))
    number = str(span.line)
    return [f"  {number} | {escape(shown)}", f"  {' ' * len(number)} | {caret}"]
