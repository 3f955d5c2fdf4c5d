"""Read angles as the user writes them by a whitelist, without evaluating them.

    parse("2*phi + pi/4") == Binary("+", Binary("*", Number(2), Symbol("phi")),
                                         Binary("/", Pi(), Number(4)))

An expression is a polynomial with real coefficients, in radians. Its names are

- ``pi``,
- ``theta``, a fresh weight for every gate that the angle is given to (all ``theta`` of one
  expression are the same weight of that gate),
- ``x0``, ``x1``, ..., the input features,
- ``theta_0``, ``theta_1``, ..., the weights that a block lists by name,
- any other name that ``NAME`` matches: a weight shared by every gate that names it.

Which of them there are, the checks of a spec say. A divisor is a constant other than 0, an exponent
a whole number from 0 to 10.
"""

from __future__ import annotations

import ast
import keyword
import math
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from typing_extensions import assert_never

FRESH = "theta"
"""The name that stands for a fresh weight."""

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
MAX_LENGTH = 500
MAX_DEGREE = 10
MAX_TERMS = 1000
MAX_CONSTANT = 1e6
MIN_DIVISOR = 1e-9
"""Smaller divisors are rounding errors of 0."""

INPUT = re.compile(r"x(0|[1-9][0-9]*)")
NUMBERED = re.compile(r"theta_(0|[1-9][0-9]*)")
_RESERVED = re.compile(r"theta_?[0-9]+|x_?[0-9]+")
_WORD = re.compile(r"(?<![\w.])[^\W\d]\w*")

Operator: TypeAlias = Literal["+", "-", "*", "/", "**"]


@dataclass(frozen=True, slots=True)
class Number:
    value: int | float


@dataclass(frozen=True, slots=True)
class Pi:
    pass


@dataclass(frozen=True, slots=True)
class Symbol:
    name: str


@dataclass(frozen=True, slots=True)
class Negative:
    operand: Expression


@dataclass(frozen=True, slots=True)
class Binary:
    operator: Operator
    left: Expression
    right: Expression


Expression: TypeAlias = Number | Pi | Symbol | Negative | Binary


class ExpressionError(ValueError):
    """A text is not an angle. The message says why."""


def parse(text: str) -> Expression:
    """Return the tree of an angle.

    Raises:
        ExpressionError: The text is too long, not an expression, or holds what the whitelist
            does not.
    """
    _check_characters(text)
    expression = _read(_parse_python(text.strip()))
    _check_size(expression)
    return expression


def find_symbols(expression: Expression) -> tuple[str, ...]:
    """Return the names in an expression other than pi, each once, in the order of the text."""
    match expression:
        case Symbol(name):
            return (name,)
        case Negative(operand):
            return find_symbols(operand)
        case Binary(_, left, right):
            return tuple(dict.fromkeys(find_symbols(left) + find_symbols(right)))
        case Number() | Pi():
            return ()
    assert_never(expression)


def normalize(text: str) -> str:
    """Return the text that all spacings of one expression share: "2 * phi + pi / 4".

    Raises:
        ExpressionError: The text is not an angle.
    """
    parse(text)
    return ast.unparse(_parse_python(text.strip()))


def _check_characters(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise ExpressionError(f"is longer than {MAX_LENGTH} characters")
    if not text.strip():
        raise ExpressionError("is empty")
    strange = next((c for c in text if not c.isascii() or not c.isprintable() or c == "#"), None)
    if strange is not None:
        raise ExpressionError(f"holds the character {strange!a}; names are made of a-z, 0-9, _")
    word = next((word for word in _WORD.findall(text) if keyword.iskeyword(word)), None)
    if word is not None:
        raise ExpressionError(f"uses the Python keyword {word}")


def _parse_python(text: str) -> ast.expr:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise ExpressionError("is not an expression") from None


_OPERATORS: Mapping[type[ast.operator], Operator] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
}
_REFUSED: Mapping[type[ast.expr], str] = {
    ast.Call: "calls a function",
    ast.Attribute: "reads an attribute",
    ast.Subscript: "reads an item",
    ast.Constant: "holds something that is not a real number",
}


def _read(node: ast.expr) -> Expression:
    match node:
        case ast.Constant(value=int() | float() as value) if not isinstance(value, bool):
            return Number(value)
        case ast.Name(id=name):
            return _read_name(name)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return Negative(_read(operand))
        case ast.UnaryOp(op=ast.UAdd(), operand=operand):
            return _read(operand)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
            return _read_binary(_OPERATORS[type(op)], _read(left), _read(right))
    raise ExpressionError(_REFUSED.get(type(node), "uses an operator other than + - * / **"))


def _read_name(name: str) -> Expression:
    if name == "pi":
        return Pi()
    if not NAME.fullmatch(name):
        rule = "a name is a letter, then at most 31 letters, digits or _"
        raise ExpressionError(f"names {name!r}; {rule}")
    if _RESERVED.fullmatch(name) and not (INPUT.fullmatch(name) or NUMBERED.fullmatch(name)):
        owner = "weights" if name.startswith(FRESH) else "input features"
        raise ExpressionError(f"names {name}, which is reserved for {owner}")
    return Symbol(name)


def _read_binary(operator: Operator, left: Expression, right: Expression) -> Expression:
    if operator == "/" and find_symbols(right):
        raise ExpressionError(f"divides by {find_symbols(right)[0]}, which may be 0")
    if operator == "/" and abs(_measure(right).value) < MIN_DIVISOR:
        raise ExpressionError("divides by zero")
    if operator == "**" and not (
        isinstance(right, Number) and isinstance(right.value, int) and right.value <= MAX_DEGREE
    ):
        raise ExpressionError(f"has an exponent that is not a whole number from 0 to {MAX_DEGREE}")
    return Binary(operator, left, right)


def _check_size(expression: Expression) -> None:
    size = _measure(expression)
    if size.degree > MAX_DEGREE:
        raise ExpressionError(f"has a degree above {MAX_DEGREE}")
    if size.terms > MAX_TERMS:
        raise ExpressionError(f"has more than {MAX_TERMS} terms when it is multiplied out")


class _Size(NamedTuple):
    """Size of an expression: how large its numbers get, and at most how many terms it has.

    The value is that of a constant, otherwise about the largest coefficient of the product form.
    The degree is that in the symbols and pi; a power of a number counts, so that none is huge.
    """

    value: float
    constant: bool
    degree: int
    terms: int


def _measure(expression: Expression) -> _Size:
    match expression:
        case Symbol():
            return _Size(1.0, False, 1, 1)
        case Pi():
            return _Size(math.pi, True, 1, 1)
        case Number(number):
            return _Size(_require_moderate(number), True, 0, 1)
        case Negative(operand):
            size = _measure(operand)
            return size._replace(value=-size.value)
        case Binary(operator, left, right):
            return _combine(operator, _measure(left), _measure(right))
    assert_never(expression)


def _combine(operator: Operator, left: _Size, right: _Size) -> _Size:
    """Return the size of two expressions with an operator between them."""
    constant = left.constant and right.constant
    a, b = (left.value, right.value) if constant else (abs(left.value), abs(right.value))
    degree, terms = max(left.degree, right.degree), left.terms
    match operator:
        case "+" | "-":
            signed = a + b if operator == "+" else a - b
            value, terms = signed if constant else max(a, b), left.terms + right.terms
        case "*":
            value, degree = a * b, left.degree + right.degree
            terms = left.terms * right.terms
        case "/":
            value = a / b
        case "**":
            value, degree = math.pow(a, b), max(left.degree, 1) * int(b)
            terms = math.comb(left.terms + int(b) - 1, int(b))
        case _:
            assert_never(operator)
    return _Size(_require_moderate(value), constant, degree, min(terms, MAX_TERMS + 1))


def _require_moderate(value: float) -> float:
    if not abs(value) <= MAX_CONSTANT:
        raise ExpressionError(f"holds a number above {MAX_CONSTANT:.0f}")
    return value
