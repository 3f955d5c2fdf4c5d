"""Write angles, which are polynomials of symbols, as the texts that a spec holds."""

from __future__ import annotations

from collections.abc import Mapping

import sympy

_EXACT = 10_000
"""Fractions of larger numbers are written as decimal numbers."""


class AngleError(ValueError):
    """An angle is no polynomial of its symbols. The message says why."""


def write_angle(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    """Write an angle in radians as ``qslc.spec.expression`` reads it.

    Args:
        angle: A polynomial with real coefficients.
        names: The name in the text of each symbol.

    Raises:
        AngleError: It is no such polynomial.
    """
    symbols = sorted(angle.free_symbols, key=str)
    if not symbols:
        return _write_number(angle)
    polynomial = angle.as_poly(*symbols) if angle.is_polynomial(*symbols) else None
    if polynomial is None:
        raise AngleError("is no polynomial of its symbols")
    terms = [
        _write_term(coefficient, powers, [names[symbol.name] for symbol in symbols])
        for powers, coefficient in polynomial.terms()
    ]
    return " + ".join(terms).replace("+ -", "- ")


def _write_term(coefficient: sympy.Expr, powers: tuple[int, ...], names: list[str]) -> str:
    factors = [
        name if power == 1 else f"{name}**{power}"
        for name, power in zip(names, powers, strict=True)
        if power
    ]
    if not factors:
        return _write_number(coefficient)
    if coefficient in (1, -1):
        return ("-" if coefficient < 0 else "") + "*".join(factors)
    return "*".join([_write_number(coefficient), *factors])


def _write_number(value: sympy.Expr) -> str:
    """Write a constant: a multiple of pi by a fraction exactly, another as its decimal number."""
    if not value.is_real or not value.is_finite:
        raise AngleError("holds a number that is not real and finite")
    by_pi = sympy.expand(value / sympy.pi) if value.has(sympy.pi) else None
    part, unit = (value, "") if by_pi is None else (by_pi, "pi")
    if not isinstance(part, sympy.Rational) or max(abs(part.p), part.q) > _EXACT:
        return repr(float(value))
    number = "-" if part.p < 0 else ""
    number += str(abs(part.p)) if not unit or abs(part.p) != 1 else ""
    number += "*" * (bool(unit) and abs(part.p) != 1) + unit
    return number if part.q == 1 else f"{number}/{part.q}"
