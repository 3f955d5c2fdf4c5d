"""The tokens of OpenQASM 2 and 3, and the statements that they make, each with its place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from qslc.diagnostics import Diagnostic, InputError, Span

_TOKEN = re.compile(
    r"(?P<space>\s+|//[^\n]*|/\*.*?\*/)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r'|(?P<text>"[^"\n]*"|\'[^\'\n]*\')'
    r"|(?P<name>\$\d+|[^\W\d]\w*)"
    r"|(?P<sign>->|\*\*|==|!=|<=|>=|&&|\|\||\+\+|[-+*/%^=<>!&|~@,;:.(){}\[\]#])",
    re.DOTALL,
)


class SyntaxFault(Exception):  # noqa: N818 - a part of an InputError, never seen alone
    """A statement is not OpenQASM."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic)
        self.diagnostic = diagnostic


@dataclass(frozen=True, slots=True)
class Token:
    kind: str
    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class Number:
    value: int | float
    span: Span


@dataclass(frozen=True, slots=True)
class Name:
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Call:
    """A function or an operator of some expressions."""

    function: str
    arguments: tuple[Expression, ...]
    span: Span


Expression: TypeAlias = Number | Name | Call


@dataclass(frozen=True, slots=True)
class Operand:
    """A register, or a qubit or bit of one."""

    name: str
    index: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Modifier:
    """``inv``, ``pow(k)``, ``ctrl(n)`` or ``negctrl(n)``."""

    kind: str
    argument: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Apply:
    """A gate on operands."""

    gate: str
    angles: tuple[Expression, ...]
    operands: tuple[Operand, ...]
    modifiers: tuple[Modifier, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Declare:
    """A register of qubits or bits, an ``input``, or a constant with its value."""

    kind: str
    name: str
    size: Expression | None
    value: Expression | None
    span: Span


@dataclass(frozen=True, slots=True)
class Define:
    """The definition of a gate."""

    name: str
    angles: tuple[str, ...]
    qubits: tuple[str, ...]
    body: tuple[Apply, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Measure:
    """The measurement of an operand."""

    operand: Operand
    span: Span


@dataclass(frozen=True, slots=True)
class Include:
    """The name of a file that is read here."""

    name: str
    span: Span


Statement: TypeAlias = Apply | Declare | Define | Measure | Include


@dataclass(frozen=True, slots=True)
class Text:
    """A text of OpenQASM: its version, and its statements in order."""

    version: int
    statements: tuple[Statement, ...]


def tokenize(text: str, file: str) -> Iterator[Token]:
    lines = text.split("\n")
    line, start, at = 1, 0, 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        column = at - start + 1
        if found is None:
            span = Span(file, line, column, 1, lines[line - 1])
            raise InputError(Diagnostic(f"the character {text[at]!a} is not OpenQASM", span))
        kind, word = found.lastgroup or "", found[0]
        if kind != "space":
            yield Token(kind, word, Span(file, line, column, len(word), lines[line - 1]))
        line += word.count("\n")
        start = at + word.rfind("\n") + 1 if "\n" in word else start
        at = found.end()


CLASSICAL = frozenset(
    {"if", "else", "for", "while", "switch", "def", "extern", "return", "end", "let", "box"}
    | {"defcal", "cal", "defcalgrammar", "output", "array", "break", "continue", "nop"}
)
"""Words that begin what is no gate."""


def explain_classical(word: str) -> tuple[str, str]:
    """Return why a statement is not part of a layer's circuit, and what to do."""
    if word in ("measure", "reset"):
        verb = "measures" if word == "measure" else "resets a qubit"
        return f"{word} {verb} inside the circuit", "a layer's circuit has gates alone"
    advice = "write the gates one by one, as an exporter does"
    if word in ("if", "else", "while", "switch"):
        return f"{word} controls gates by classical values", "a layer's circuit has gates alone"
    return f'"{word}" is classical control, and no gate', advice
