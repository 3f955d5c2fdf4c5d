"""Values of the symbols at which rotations by multiples of pi/2 take place."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias

import numpy as np
import sympy

from qslc.ir.angles import monomials
from qslc.ir.program import Operation

Point: TypeAlias = Mapping[sympy.Expr, Fraction]
"""For each product of symbols its value, in units of pi/2 divided by its ``reference``."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The Clifford points of some gates.

    A rotation is a Clifford gate at multiples of pi/2, a controlled one at multiples of pi. Every
    product of symbols ("x0*x1", "a**2") counts as a variable of its own: polynomials that are
    equal are equal so too.

    Args:
        terms: of each angle, the coefficient of each product of symbols; the constant under 1.
        reference: of each product of symbols, the coefficient that its values are measured by.
        step: the values of a product of symbols are the multiples of this.
    """

    terms: Mapping[sympy.Expr, Mapping[sympy.Expr, sympy.Expr]]
    reference: Mapping[sympy.Expr, sympy.Expr]
    step: Mapping[sympy.Expr, Fraction]

    def random_point(self, rng: np.random.Generator) -> Point:
        turns = rng.integers(0, 8, len(self.step)).tolist()
        return {term: step * k for (term, step), k in zip(self.step.items(), turns, strict=True)}

    def radians(self, angle: sympy.Expr, point: Point) -> float:
        """The angle at a point, modulo 4 pi, without rounding where it is a multiple of pi/2."""
        turns, rest = Fraction(0), 0.0
        for term, coefficient in self.terms[angle].items():
            unit = sympy.pi / 2 if term == 1 else self.reference[term]
            value = Fraction(1) if term == 1 else point[term]
            ratio = _ratio(coefficient, unit)
            if ratio is None:
                rest += float(coefficient / unit) * float(value)
            else:
                turns += ratio * value
        return (float(turns % 8) + rest) * math.pi / 2


def grid(operations: Iterable[Operation]) -> Grid:
    """The Clifford points at which as many as possible of the rotations are Clifford gates."""
    terms: dict[sympy.Expr, Mapping[sympy.Expr, sympy.Expr]] = {}
    reference: dict[sympy.Expr, sympy.Expr] = {}
    ratios: defaultdict[sympy.Expr, set[Fraction]] = defaultdict(set)
    for op in operations:
        if op.angle is None:
            continue
        if op.angle not in terms:
            terms[op.angle] = _terms(op.angle)
        for term, coefficient in terms[op.angle].items():
            ratio = _ratio(coefficient, reference.setdefault(term, coefficient))
            if term != 1 and ratio is not None:
                ratios[term].add(ratio / 2 if op.kind.controlled else ratio)
    return Grid(terms, reference, {term: _step(values) for term, values in ratios.items()})


def _terms(angle: sympy.Expr) -> Mapping[sympy.Expr, sympy.Expr]:
    if angle.is_Symbol:
        return {angle: sympy.Integer(1)}
    return monomials(angle) if angle.free_symbols else {sympy.Integer(1): angle}


def _ratio(coefficient: sympy.Expr, unit: sympy.Expr) -> Fraction | None:
    """The quotient as a fraction, or None if it is irrational or rounded."""
    if coefficient == unit:
        return Fraction(1)
    quotient = coefficient / unit
    return Fraction(int(quotient.p), int(quotient.q)) if quotient.is_Rational else None


def _step(ratios: Iterable[Fraction]) -> Fraction:
    """The smallest value whose product with every ratio is an integer."""
    chosen = list(ratios)
    return Fraction(
        math.lcm(*(ratio.denominator for ratio in chosen)),
        math.gcd(*(ratio.numerator for ratio in chosen)),
    )
