"""Angles as OpenQASM 3 expressions."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

_EXACT = 2**53
"""Larger integers are written as floats: they may be too large for the integers of a reader."""


def angle_text(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    """The expression in OpenQASM 3, in radians; ``names`` gives each symbol's identifier.

    Only sums, products and quotients are used, which every reader of OpenQASM knows: a power is a
    product. Quotients are written so that none is the integer division of the language, where 1/3
    is 0.

    Raises:
        ValueError: for a function or a root of a symbol, which has no such expression.
    """
    if isinstance(angle, sympy.Symbol):
        return names[angle.name]
    if angle is sympy.pi:
        return "pi"
    if isinstance(angle, sympy.Integer) and abs(angle) <= _EXACT:
        return str(angle)
    if isinstance(angle, sympy.Add):
        return _sum(angle, names)
    if isinstance(angle, sympy.Rational | sympy.Mul | sympy.Pow):
        return _quotient(angle, names)
    return _number(angle)


def _number(angle: sympy.Expr) -> str:
    if angle.free_symbols:
        raise ValueError(f"OpenQASM has no expression for {angle}")
    return repr(float(angle))


def _sum(angle: sympy.Add, names: Mapping[str, str]) -> str:
    first, *rest = (angle_text(term, names) for term in angle.as_ordered_terms())
    return first + "".join(
        f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in rest
    )


def _quotient(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    """A product of factors, divided by one after another: 2*a*a/3/pi."""
    coefficient, rest = angle.as_coeff_Mul()
    above: list[str] = []
    below: list[str] = []
    for factor in sympy.Mul.make_args(rest) if rest != 1 else ():
        base, exponent = factor.as_base_exp()
        if not exponent.is_Integer or base.is_Rational:
            base, exponent = factor, sympy.S.One
        (above if exponent > 0 else below).extend([_operand(base, names)] * abs(int(exponent)))
    sign = "-" if coefficient < 0 else ""
    number, divisor = _coefficient(abs(coefficient), alone=not above)
    text = "*".join([*number, *sorted(above)])
    return sign + "/".join([text, *divisor, *sorted(below)])


def _coefficient(value: sympy.Expr, *, alone: bool) -> tuple[list[str], list[str]]:
    """A positive number as a factor, which nothing stands for if it is 1, and a divisor."""
    if not isinstance(value, sympy.Rational) or max(value.p, value.q) > _EXACT:
        return [repr(float(value))], []
    divisor = [str(value.q)] if value.q != 1 else []
    if alone:
        return [f"{value.p}.0"], divisor
    return ([str(value.p)] if value.p != 1 else []), divisor


def _operand(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    text = angle_text(angle, names) if not isinstance(angle, sympy.Pow) else _number(angle)
    return f"({text})" if isinstance(angle, sympy.Add) or text.startswith("-") else text
