"""Convert angles of the DSL to sympy expressions."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import sympy
from typing_extensions import assert_never

from qslc.spec.expression import Binary, Expression, Negative, Number, Operator, Pi, Symbol

_OPERATORS: Mapping[Operator, Callable[[Any, Any], sympy.Expr]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "**": operator.pow,
    }
)


def to_sympy(expression: Expression, names: Mapping[str, str]) -> sympy.Expr:
    """Return the sympy form of an angle in radians, its symbols renamed as ``names`` says.

    Decimal numbers are the exact fractions that they are written as: 0.5 is 1/2.
    """
    match expression:
        case Symbol(name):
            return sympy.Symbol(names.get(name, name))
        case Number(value):
            return sympy.Rational(repr(value))
        case Negative(operand):
            return -to_sympy(operand, names)
        case Binary(sign, left, right):
            return _OPERATORS[sign](to_sympy(left, names), to_sympy(right, names))
        case Pi():
            return sympy.pi
    assert_never(expression)
