"""What goes wrong in a user's input: where it is, what is wrong, what to write instead."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one line of a file. Lines and columns count from 1."""

    file: str
    line: int
    column: int
    length: int = 1


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

    def __init__(self, *diagnostics: Diagnostic, text: str = "") -> None:
        super().__init__("\n".join(render(d, text) for d in diagnostics))
        self.diagnostics = diagnostics


class CompilerFaultError(Exception):
    """qslc itself failed: what it produced does not match what went in. Nothing is written."""


def render(diagnostic: Diagnostic, text: str = "") -> str:
    """The diagnostic as it is printed: position, message, the line with a caret, the help."""
    span = diagnostic.span
    place = f"{span.file}:{span.line}:{span.column}: " if span else ""
    where = f"{diagnostic.where}: " if diagnostic.where and not span else ""
    lines = [f"{place}error: {where}{diagnostic.message}"]
    lines += _excerpt(span, text) if span else []
    lines += [f"  help: {diagnostic.help}"] if diagnostic.help else []
    return "\n".join(lines)


def _excerpt(span: Span, text: str) -> list[str]:
    source = text.splitlines()
    if not 1 <= span.line <= len(source):
        return []
    line = source[span.line - 1]
    caret = "^" * max(1, min(span.length, len(line) - span.column + 1))
    number = str(span.line)
    return [f"  {number} | {line}", f"  {' ' * len(number)} | {' ' * (span.column - 1)}{caret}"]
