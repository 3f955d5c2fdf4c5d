"""The values of expressions in OpenQASM: numbers, and polynomials of symbols."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NoReturn

import sympy

from qslc.circuits.qasm_text import Call, Expression, Name, Number, SyntaxFault
from qslc.diagnostics import Diagnostic, Span

LARGEST_ANGLE = 1e6
_LARGEST = 1e20

_CONSTANTS: Mapping[str, sympy.Expr] = {
    **dict.fromkeys(("pi", "π"), sympy.pi),
    **dict.fromkeys(("tau", "τ"), 2 * sympy.pi),
    **dict.fromkeys(("euler", "ℇ"), sympy.E),
}
_FUNCTIONS: Mapping[str, Any] = {
    **{name: getattr(sympy, name) for name in ("sin", "cos", "tan", "exp", "sqrt", "ln", "log")},
    **{f"arc{name}": getattr(sympy, f"a{name}") for name in ("sin", "cos", "tan")},
    **{name: getattr(sympy, name) for name in ("asin", "acos", "atan")},
}


@dataclass(slots=True)
class Names:
    """Values of the names in expressions.

    Args:
        version: Version of the language; in 2 a name without a value is a symbol.
    """

    version: int = 3
    inputs: dict[str, sympy.Symbol] = field(default_factory=dict)
    constants: dict[str, sympy.Expr] = field(default_factory=dict)

    def count(self, expression: Expression) -> int:
        value = self.evaluate(expression, {})
        if not value.is_Integer:
            fail(expression.span, "expected a whole number")
        return int(value)

    def evaluate(self, expression: Expression, values: Mapping[str, sympy.Expr]) -> sympy.Expr:
        """Return the value of an expression; a symbol for what has none yet."""
        match expression:
            case Number(value=value):
                exact = sympy.Integer(value) if isinstance(value, int) else _read_float(value)
                return require_size(exact, expression.span, _LARGEST)
            case Name(name=name, span=span):
                return self._find_value(name, span, values)
            case Call(function=function, arguments=arguments, span=span):
                given = [self.evaluate(argument, values) for argument in arguments]
                return require_size(_compute(function, given, span), span, _LARGEST)

    def _find_value(self, name: str, span: Span, values: Mapping[str, sympy.Expr]) -> sympy.Expr:
        for known in (values, self.constants, self.inputs, _CONSTANTS):
            if name in known:
                return known[name]
        if self.version == 2:  # pytket writes symbols by name alone
            return sympy.Symbol(name)
        return fail(span, f'"{name}" has no value', f"declare it: input float[64] {name};")


def _read_float(value: float) -> sympy.Expr:
    return sympy.Rational(repr(value)) if math.isfinite(value) else sympy.oo


def _compute(function: str, given: list[sympy.Expr], span: Span) -> sympy.Expr:
    if function in _FUNCTIONS and len(given) == 1:
        return _FUNCTIONS[function](given[0] if given[0].free_symbols else sympy.N(given[0], 17))
    match function, given:
        case "+", [left, right]:
            return left + right
        case "-", [left, right]:
            return left - right
        case "-", [operand]:
            return -operand
        case "*", [left, right]:
            return left * right
        case "/", [left, right]:
            if right == 0:
                fail(span, "a division by zero")
            return left / right
        case "**", [base, power]:
            return _raise(base, power, span)
        case "%", [left, right] if not (left.free_symbols or right.free_symbols or right == 0):
            return sympy.Mod(left, right)
    known = ", ".join(sorted(_FUNCTIONS))
    return fail(span, f'there is no function "{function}"', f"functions are {known}")


def _raise(base: sympy.Expr, power: sympy.Expr, span: Span) -> sympy.Expr:
    if base.free_symbols:
        if not (power.is_Integer and 0 <= power <= 10):
            fail(span, "a power of a symbol that is not 0 to 10")
        return sympy.expand(base**power)
    try:
        return _read_float(float(base) ** float(power))
    except (ArithmeticError, TypeError):
        return fail(span, "this power is no number")


def require_size(value: sympy.Expr, span: Span, largest: float = LARGEST_ANGLE) -> sympy.Expr:
    """Return a value that is real and moderate, if it is a number at all."""
    if not value.free_symbols:
        number = to_float(value)
        if number is None or not abs(number) <= largest:
            fail(span, f"a number that is not real, or above {largest:.0f}")
    return value


@lru_cache(maxsize=1 << 14)
def to_float(value: sympy.Expr) -> float | None:
    """Return a number as a float; None if it is not real."""
    return float(value) if value.is_number and value.is_real else None


def fail(span: Span, message: str, advice: str = "") -> NoReturn:
    """Raise what is wrong at a place."""
    raise SyntaxFault(Diagnostic(message, span, help=advice))
