"""Read YAML text into nodes: YAML 1.2 without tags, bounded in size, depth and alias expansion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NoReturn

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from qslc.diagnostics import Diagnostic, InputError, Span
from qslc.spec.places import FAULTY, Node, Scalar
from qslc.spec.wording import quote

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


def _check_characters(text: str, file: str) -> None:
    """Refuse characters that YAML does not allow, or that look like a new line and are none.

    Raises:
        InputError: There is such a character.
    """
    match = _FORBIDDEN.search(text)
    if match is None:
        return
    before = re.split("\r\n|\r|\n", text[: match.start()])
    line = before[-1] + re.split("\r\n|\r|\n", text[match.start() :], maxsplit=1)[0]
    span = Span(file, len(before), len(before[-1]) + 1, 1, line)
    raise InputError(Diagnostic(f"the character U+{ord(match[0]):04X} is not allowed", span))


def _report_syntax_error(error: MarkedYAMLError, file: str, lines: list[str]) -> Diagnostic:
    """Return what the parser found, at the place where it found it."""
    problem = str(error.problem or error.context or "unreadable text")
    known = (entry for entry in _MESSAGES if entry[0] in problem)
    _, message, help_text = next(known, ("", f"this is not YAML: {problem}", ""))
    return Diagnostic(message, _locate_error(error, file, lines), help=help_text)


def _locate_error(error: MarkedYAMLError, file: str, lines: list[str]) -> Span:
    """Return the problem's place, or where the unfinished part began if the text ended early."""
    mark = error.problem_mark or error.context_mark
    if mark is not None and mark.line >= len(lines) and error.context_mark is not None:
        mark = error.context_mark
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    if line >= len(lines):
        line, column = max(0, len(lines) - 1), 0
    return Span(file, line + 1, column + 1, 1, lines[line] if lines else "")


MAX_DIGITS = 18
"""Digits of a whole number; no number of a spec has more."""

_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_SPECIAL = re.compile(r"([-+]?)\.(?:(inf|Inf|INF)|nan|NaN|NAN)")


def _parse_scalar(text: str) -> Scalar:
    """Return the value of a scalar that was written without quotes."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text, 0 if text[:2] in ("0o", "0x") else 10)
    if _FLOAT.fullmatch(text):
        return float(text)
    special = _SPECIAL.fullmatch(text)
    return float(f"{special[1]}{'inf' if special[2] else 'nan'}") if special else text


MAX_LENGTH = 500_000
MAX_DEPTH = 32
MAX_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as nodes, or None if it cannot be read at all, and what is wrong with it."""

    root: Node | None
    diagnostics: tuple[Diagnostic, ...]


def read(text: str, file: str) -> Reading:
    """Read one YAML document. Whatever is wrong is in the diagnostics; nothing is constructed."""
    if len(text) > MAX_LENGTH:
        span, help_text = Span(file, 1, 1), f"a spec has at most {MAX_LENGTH} characters"
        return Reading(None, (Diagnostic("the file is too long", span, help=help_text),))
    lines = text.splitlines()
    composer = _Composer(file, lines, iter(YAML(typ="safe", pure=True).parse(text)))
    try:
        _check_characters(text, file)
        root = composer.read_document()
    except MarkedYAMLError as error:
        return Reading(None, (*composer.diagnostics, _report_syntax_error(error, file, lines)))
    except (YAMLError, ValueError, RecursionError) as error:
        span = Span(file, 1, 1, 1, lines[0] if lines else "")
        message = f"this is not YAML: {str(error).splitlines()[0]}"
        return Reading(None, (*composer.diagnostics, Diagnostic(message, span)))
    except InputError as error:
        return Reading(None, (*composer.diagnostics, *error.diagnostics))
    return Reading(root, tuple(composer.diagnostics))


@dataclass(slots=True)
class _Composer:
    """A reader of events that makes nodes, and keeps diagnostics that leave the rest readable."""

    file: str
    lines: list[str]
    events: Iterator[Any]
    diagnostics: list[Diagnostic] = field(default_factory=list)
    anchors: dict[str, Node | None] = field(default_factory=dict)
    values: int = 0

    def read_document(self) -> Node:
        next(self.events)
        if not isinstance(next(self.events), DocumentStartEvent):
            self.stop("the file is empty", Span(self.file, 1, 1), "a spec starts with: qslc: 1")
        root = self.read_node(next(self.events), 1)
        next(self.events)
        more = next(self.events)
        if isinstance(more, DocumentStartEvent):
            place = self.locate(more)
            self.stop("a second document starts here", place, "write one spec to a file")
        return root

    def read_node(self, event: Any, depth: int) -> Node:
        if isinstance(event, AliasEvent):
            return self.resolve_alias(event, depth)
        self.admit(event, 1, depth)
        anchor: str | None = event.anchor
        if anchor:
            self.anchors[anchor] = None
        node: Node
        if isinstance(event, SequenceStartEvent):
            node = self.read_items(event, depth)
        elif isinstance(event, MappingStartEvent):
            node = self.read_mapping(event, depth)
        else:
            node = self.read_scalar(event)
        if event.tag is not None:
            tag = str(event.tag).replace("tag:yaml.org,2002:", "!!")
            self.report(f"the tag {quote(tag)} is not allowed", self.locate(event))
            node = Node(node.span, FAULTY)
        if anchor:
            self.anchors[anchor] = node
        return node

    def read_scalar(self, event: ScalarEvent) -> Node:
        span = self.locate(event)
        if event.style is not None:
            return Node(span, event.value)
        if len(event.value) > MAX_DIGITS and _WHOLE.fullmatch(event.value):
            self.report("the number is too large", span)
            return Node(span, FAULTY)
        return Node(span, _parse_scalar(event.value))

    def read_items(self, start: SequenceStartEvent, depth: int) -> Node:
        items: list[Node] = []
        while not isinstance(event := next(self.events), SequenceEndEvent):
            items.append(self.read_node(event, depth + 1))
        return Node(self.locate(start, event), tuple(items))

    def read_mapping(self, start: MappingStartEvent, depth: int) -> Node:
        entries: dict[str, Node] = {}
        while not isinstance(event := next(self.events), MappingEndEvent):
            key = self.read_node(event, depth + 1)
            self.enter(entries, key, self.read_node(next(self.events), depth + 1))
        return Node(self.locate(start, event), entries)

    def enter(self, entries: dict[str, Node], key: Node, value: Node) -> None:
        name = key.value
        if name is FAULTY:
            return
        if not isinstance(name, str):
            self.report("a key must be text", key.span, "put it in quotes")
        elif name in entries:
            first = entries[name].key or key.span
            advice = f"first on line {first.line}"
            self.report(f"the key {quote(name)} occurs twice", key.span, advice)
        else:
            place = key.span if value.value is None else value.span
            entries[name] = Node(place, value.value, key.span)

    def resolve_alias(self, event: AliasEvent, depth: int) -> Node:
        if event.anchor not in self.anchors:
            self.report(f"nothing is named &{event.anchor}", self.locate(event))
            return Node(self.locate(event), FAULTY)
        node = self.anchors[event.anchor]
        if node is None:
            self.stop(f"*{event.anchor} contains itself", self.locate(event))
        size, height = _measure(node)
        self.admit(event, size, depth + height - 1)
        return node

    def admit(self, event: Any, values: int, depth: int) -> None:
        """Stop where there are too many values, or too deep ones."""
        self.values += values
        if self.values > MAX_VALUES:
            message = f"the file holds more than {MAX_VALUES} values, aliases written out"
            self.stop(message, self.locate(event))
        if depth > MAX_DEPTH:
            self.stop(f"values are nested more than {MAX_DEPTH} deep", self.locate(event))

    def locate(self, event: Any, end: Any = None) -> Span:
        first, last = event.start_mark, (end or event).end_mark
        text = self.lines[first.line] if first.line < len(self.lines) else ""
        same = first.line == last.line
        length = last.column - first.column if same else len(text) - first.column
        block = end is not None and not same
        return Span(self.file, first.line + 1, first.column + 1, 1 if block else length, text)

    def report(self, message: str, span: Span, help: str = "") -> None:  # noqa: A002
        self.diagnostics.append(Diagnostic(message, span, help=help))

    def stop(self, message: str, span: Span, help: str = "") -> NoReturn:  # noqa: A002
        raise InputError(Diagnostic(message, span, help=help))


def _measure(node: Node) -> tuple[int, int]:
    """Count the values of a node with all that is inside, keys too, and how deep they nest."""
    inside = [_measure(child) for child in node.list_children()]
    keys = len(inside) if isinstance(node.value, dict) else 0
    size = 1 + keys + sum(size for size, _ in inside)
    return size, 1 + max((height for _, height in inside), default=0)
