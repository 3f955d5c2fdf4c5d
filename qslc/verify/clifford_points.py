"""Find values of the symbols at which rotations are by multiples of pi/2."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import sympy

from qslc.ir.angles import collect_monomials
from qslc.ir.program import Operation

Point: TypeAlias = Mapping[sympy.Expr, Fraction]
"""For each product of symbols its value, in units of pi/2 divided by its ``reference``."""


@dataclass(frozen=True, slots=True)
class _Part:
    """A term of an angle: a product of symbols, or 1.

    Args:
        term: Product, whose value counts in units of pi/2 divided by its reference.
        ratio: Its coefficient over that reference, or None if that is no fraction.
        rest: The same as a number.
    """

    term: sympy.Expr
    ratio: Fraction | None
    rest: float


@dataclass(frozen=True, slots=True)
class Grid:
    """The Clifford points of some gates.

    A rotation is a Clifford gate at multiples of pi/2, a controlled one at multiples of pi. Every
    product of symbols ("x0*x1", "a**2") counts as a variable of its own: polynomials that are
    equal are equal so too.

    Args:
        parts: Terms of each angle.
        step: Number of which the values of each product of symbols are multiples.
    """

    parts: Mapping[sympy.Expr, tuple[_Part, ...]]
    step: Mapping[sympy.Expr, Fraction]

    def draw_point(self, rng: np.random.Generator) -> Point:
        """Draw a value for each product of symbols."""
        turns = rng.integers(0, 8, len(self.step)).tolist()
        return {term: step * k for (term, step), k in zip(self.step.items(), turns, strict=True)}

    def radians(self, angle: sympy.Expr, point: Point) -> float:
        """Return an angle at a point, modulo 4 pi, exactly where it is a multiple of pi/2."""
        turns, rest = Fraction(0), 0.0
        for part in self.parts[angle]:
            value = Fraction(1) if part.term == 1 else point[part.term]
            if part.ratio is None:
                rest += part.rest * float(value)
            else:
                turns += part.ratio * value
        return (float(turns % 8) + rest) * math.pi / 2


def find_clifford_points(operations: Iterable[Operation]) -> Grid:
    """Return the points at which as many as possible of the rotations are Clifford gates."""
    parts: dict[sympy.Expr, tuple[_Part, ...]] = {}
    reference: dict[sympy.Expr, sympy.Expr] = {sympy.S.One: sympy.pi / 2}
    ratios: defaultdict[sympy.Expr, set[Fraction]] = defaultdict(set)
    for op in operations:
        if op.angle is None:
            continue
        if op.angle not in parts:
            parts[op.angle] = tuple(
                _compare(term, coefficient, reference.setdefault(term, coefficient))
                for term, coefficient in _terms(op.angle).items()
            )
        for part in parts[op.angle]:
            if part.term != 1 and part.ratio is not None:
                ratios[part.term].add(part.ratio / 2 if op.kind.controlled else part.ratio)
    return Grid(parts, {term: _find_step(values) for term, values in ratios.items()})


def _terms(angle: sympy.Expr) -> Mapping[sympy.Expr, sympy.Expr]:
    """Return the coefficient of each product of symbols in an angle."""
    if angle.is_Symbol:
        return {angle: sympy.Integer(1)}
    return collect_monomials(angle) if angle.free_symbols else {sympy.Integer(1): angle}


def _compare(term: sympy.Expr, coefficient: sympy.Expr, unit: sympy.Expr) -> _Part:
    """Return a term with its coefficient in units of the reference."""
    if coefficient == unit:
        return _Part(term, Fraction(1), 1.0)
    quotient = coefficient / unit
    ratio = Fraction(int(quotient.p), int(quotient.q)) if quotient.is_Rational else None
    return _Part(term, ratio, float(quotient))


def _find_step(ratios: Iterable[Fraction]) -> Fraction:
    """Return the smallest value whose product with every ratio is an integer."""
    chosen = list(ratios)
    return Fraction(
        math.lcm(*(ratio.denominator for ratio in chosen)),
        math.gcd(*(ratio.numerator for ratio in chosen)),
    )
