"""Angles as OpenQASM 3 expressions."""

from __future__ import annotations

from collections.abc import Mapping

import sympy


def angle_text(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    """The expression in OpenQASM 3, in radians; ``names`` gives each symbol's identifier.

    Quotients are written so that none is the integer division of the language, where 1/3 is 0.

    Raises:
        ValueError: for a function of a symbol, which the gate language has no expression for.
    """
    if isinstance(angle, sympy.Symbol):
        return names[angle.name]
    if angle is sympy.pi:
        return "pi"
    if isinstance(angle, sympy.Integer):
        return str(angle)
    if isinstance(angle, sympy.Rational):
        return f"{angle.p}.0/{angle.q}"
    if isinstance(angle, sympy.Add):
        return _sum(angle, names)
    if isinstance(angle, sympy.Mul):
        return _product(angle, names)
    if isinstance(angle, sympy.Pow):
        return _power(angle, names)
    if not angle.free_symbols:
        return repr(float(angle))
    raise ValueError(f"OpenQASM has no expression for {angle}")


def _sum(angle: sympy.Add, names: Mapping[str, str]) -> str:
    first, *rest = (angle_text(term, names) for term in angle.as_ordered_terms())
    return first + "".join(
        f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in rest
    )


def _product(angle: sympy.Mul, names: Mapping[str, str]) -> str:
    coefficient, rest = angle.as_coeff_Mul()
    factors = [_operand(factor, names) for factor in sympy.Mul.make_args(rest)]
    if not isinstance(coefficient, sympy.Rational):
        return "*".join([repr(float(coefficient)), *factors])
    numerator, denominator = abs(int(coefficient.p)), int(coefficient.q)
    text = "*".join([str(numerator)] * (numerator != 1) + sorted(factors))
    sign = "-" if coefficient < 0 else ""
    return f"{sign}{text}/{denominator}" if denominator != 1 else f"{sign}{text}"


def _power(angle: sympy.Pow, names: Mapping[str, str]) -> str:
    """A base that is an integer becomes a float, for which negative powers are defined."""
    base = f"({angle.base}.0)" if angle.base.is_Integer else _operand(angle.base, names)
    return f"{base}**{_operand(angle.exp, names)}"


def _operand(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    text = angle_text(angle, names)
    return text if text.isalnum() or isinstance(angle, sympy.Symbol) else f"({text})"
