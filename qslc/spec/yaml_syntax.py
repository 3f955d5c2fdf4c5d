"""Report text that is not YAML in the words of a person who writes a spec."""

from __future__ import annotations

import re

from ruamel.yaml.error import MarkedYAMLError

from qslc.diagnostics import Diagnostic, Span

_FORBIDDEN = re.compile(
    "[^\t\n\r\x20-\x7e\xa0-\u2027\u202a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
)

_MESSAGES: tuple[tuple[str, str, str], ...] = (
    ("'\\t' that cannot start", "a tab cannot be used here", "indent with spaces"),
    (
        "mapping values are not allowed",
        'a ":" is not expected here',
        'put text with ": " in quotes',
    ),
    ("end of stream", "a quote is not closed", "close it before the end of the file"),
    ("expected ',' or ']'", 'a "[" is not closed', 'items are separated by "," and end with "]"'),
    ("expected ',' or '}'", 'a "{" is not closed', 'entries are separated by "," and end with "}"'),
    (
        "expected <block end>",
        "the indentation does not fit the lines above",
        "entries of one mapping or list start in the same column",
    ),
    ("could not find expected ':'", 'a ":" is missing after a key', "write: key: value"),
    (
        "that cannot start any token",
        "this character cannot start a value",
        "put the value in quotes",
    ),
    ("expected the node content", "a value is missing here", "write: key: value"),
    ("expected '<document start>'", "this does not belong to the spec", "remove it"),
    ("unknown escape character", "this escape is unknown", "write text with \\ in single quotes"),
)


class Stop(Exception):  # noqa: N818
    """The rest of the text cannot be read; the diagnostic says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


def check_characters(text: str, file: str) -> None:
    """Refuse characters that YAML does not allow, or that look like a new line and are none.

    Raises:
        Stop: There is such a character.
    """
    match = _FORBIDDEN.search(text)
    if match is None:
        return
    before = re.split("\r\n|\r|\n", text[: match.start()])
    line = before[-1] + re.split("\r\n|\r|\n", text[match.start() :], maxsplit=1)[0]
    span = Span(file, len(before), len(before[-1]) + 1, 1, line)
    raise Stop(Diagnostic(f"the character U+{ord(match[0]):04X} is not allowed", span))


def report_syntax_error(error: MarkedYAMLError, file: str, lines: list[str]) -> Diagnostic:
    """Return what the parser found, at the place where it found it."""
    problem = str(error.problem or error.context or "unreadable text")
    known = (entry for entry in _MESSAGES if entry[0] in problem)
    _, message, help_text = next(known, ("", f"this is not YAML: {problem}", ""))
    return Diagnostic(message, _span(error, file, lines), help=help_text)


def _span(error: MarkedYAMLError, file: str, lines: list[str]) -> Span:
    """Return the problem's place, or where the unfinished part began if the text ended early."""
    mark = error.problem_mark or error.context_mark
    if mark is not None and mark.line >= len(lines) and error.context_mark is not None:
        mark = error.context_mark
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    if line >= len(lines):
        line, column = max(0, len(lines) - 1), 0
    return Span(file, line + 1, column + 1, 1, lines[line] if lines else "")
