"""Compare the observables of two programs as operators on the input, at Clifford angles."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TypeAlias

import numpy as np
import sympy

from qslc.ir.angles import collect_monomials
from qslc.ir.matrices import Matrix
from qslc.ir.program import Operation, Program
from qslc.verify.heisenberg import LETTERS, Terms, make_terms, propagate, simplify
from qslc.verify.known_states import Action, reduce_actions

CHUNK = 4096
"""Number of observables that are carried at once, all points together."""
ROUNDING = 1e-9
"""Deviation up to which two forms are taken to be equal."""


def compute_operator_deviation(
    logical: Program,
    physical: Program,
    places: Sequence[int],
    points: int,
    rng: np.random.Generator,
) -> float:
    """Return the largest coefficient by which observables differ, at any of some Clifford points.

    Each observable P of a circuit U is compared as U^dagger P U, an operator on the input state.
    Where that state is |0...0>, ``physical`` may lack the gates that do nothing to a qubit in a
    known state: then it is compared with ``logical`` without just those gates.

    Args:
        logical: Program of the spec.
        physical: Program with the same number of observables.
        places: Where the qubits of the first start in the second, whose other qubits are |0>.
        points: Number of points, each a Clifford angle for every symbol.
        rng: Source of the points.

    Raises:
        InputError: The programs hold too many gates with non-Clifford constants.
    """
    clifford = find_clifford_points((*logical.operations, *physical.operations))
    drawn = [clifford.draw_point(rng) for _ in range(points)]

    @cache
    def evaluate(angle: sympy.Expr) -> tuple[float, ...]:
        return tuple(clifford.evaluate(angle, point) for point in drawn)

    def carry_back(program: Program, form: Sequence[Action], chosen: slice) -> Terms:
        gates = ((action.qubits, _list_matrices(action, evaluate)) for action in reversed(form))
        return propagate(make_terms(program.observables[chosen], program.qubits, points), gates)

    forms = [tuple(map(Action, logical.operations))]
    if logical.start == "zero":
        forms.append(reduce_actions(logical))
    largest, length = 0.0, max(1, CHUNK // points)
    for start in range(0, len(logical.observables), length):
        chosen = slice(start, start + length)
        end = carry_back(physical, tuple(map(Action, physical.operations)), chosen)
        seen = _restrict(end, places)
        written = (carry_back(logical, form, chosen) for form in forms)
        largest = max(largest, _find_smallest(_compare(terms, seen) for terms in written))
    return largest


def _list_matrices(
    action: Action, evaluate: Callable[[sympy.Expr], tuple[float, ...]]
) -> tuple[Matrix, ...]:
    """Return a matrix for each point, or the one of a gate without an angle."""
    angle = action.operation.angle
    values = (None,) if angle is None else evaluate(angle)
    return tuple(action.matrix(value) for value in values)


def _restrict(terms: Terms, places: Sequence[int]) -> Terms:
    """Return the terms on some qubits, where all others are |0>: Z is 1 there, X and Y are 0."""
    others = np.setdiff1d(np.arange(len(terms.paulis)), places)
    kept = np.isin(terms.paulis[others], (LETTERS.index("I"), LETTERS.index("Z"))).all(axis=0)
    return Terms(
        terms.paulis[np.asarray(places, dtype=np.intp)][:, kept],
        terms.coefficients[kept],
        terms.owners[kept],
        terms.points[kept],
    )


def _compare(first: Terms, second: Terms) -> float:
    """Return the largest coefficient of the difference."""
    difference = simplify(
        Terms(
            np.concatenate([first.paulis, second.paulis], axis=1),
            np.concatenate([first.coefficients, -second.coefficients]),
            np.concatenate([first.owners, second.owners]),
            np.concatenate([first.points, second.points]),
        )
    )
    return float(np.abs(difference.coefficients).max(initial=0))


def _find_smallest(distances: Iterable[float]) -> float:
    """Return the smallest of some distances, or the first that is only rounding."""
    smallest = np.inf
    for distance in distances:
        smallest = min(smallest, distance)
        if smallest < ROUNDING:
            break
    return smallest


Point: TypeAlias = Mapping[sympy.Expr, Fraction]
"""For each product of symbols its value, in units of pi/2 divided by its ``reference``."""


Factors: TypeAlias = Mapping[sympy.Expr, Fraction | float]
"""For each product of symbols in an angle, or 1, its coefficient over its ``reference``."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The Clifford points of some gates.

    A rotation is a Clifford gate at multiples of pi/2, a controlled one at multiples of pi. Every
    product of symbols ("x0*x1", "a**2") counts as a variable of its own: polynomials that are
    equal are equal so too.

    Args:
        factors: Terms of each angle.
        step: Number of which the values of each product of symbols are multiples.
    """

    factors: Mapping[sympy.Expr, Factors]
    step: Mapping[sympy.Expr, Fraction]

    def draw_point(self, rng: np.random.Generator) -> Point:
        """Draw a value for each product of symbols."""
        turns = rng.integers(0, 8, len(self.step)).tolist()
        return {term: step * k for (term, step), k in zip(self.step.items(), turns, strict=True)}

    def evaluate(self, angle: sympy.Expr, point: Point) -> float:
        """Return an angle at a point, modulo 4 pi, exactly where it is a multiple of pi/2."""
        turns, rest = Fraction(0), 0.0
        for term, factor in self.factors[angle].items():
            value = Fraction(1) if term == 1 else point[term]
            if isinstance(factor, Fraction):
                turns += factor * value
            else:
                rest += factor * float(value)
        return (float(turns % 8) + rest) * math.pi / 2


def find_clifford_points(operations: Iterable[Operation]) -> Grid:
    """Return the points at which as many as possible of the rotations are Clifford gates."""
    factors: dict[sympy.Expr, Factors] = {}
    reference: dict[sympy.Expr, sympy.Expr] = {sympy.S.One: sympy.pi / 2}
    ratios: defaultdict[sympy.Expr, set[Fraction]] = defaultdict(set)
    for op in operations:
        if op.angle is None:
            continue
        if op.angle not in factors:
            factors[op.angle] = {
                term: _divide(coefficient, reference.setdefault(term, coefficient))
                for term, coefficient in _collect_terms(op.angle).items()
            }
        for term, factor in factors[op.angle].items():
            if term != 1 and isinstance(factor, Fraction):
                ratios[term].add(factor / 2 if op.kind.controlled else factor)
    return Grid(factors, {term: _find_step(values) for term, values in ratios.items()})


def _collect_terms(angle: sympy.Expr) -> Mapping[sympy.Expr, sympy.Expr]:
    """Return the coefficient of each product of symbols in an angle."""
    if angle.is_Symbol:
        return {angle: sympy.Integer(1)}
    return collect_monomials(angle) if angle.free_symbols else {sympy.Integer(1): angle}


def _divide(coefficient: sympy.Expr, unit: sympy.Expr) -> Fraction | float:
    """Return a quotient, as a fraction if it is one."""
    if coefficient == unit:
        return Fraction(1)
    quotient = coefficient / unit
    if not quotient.is_Rational:
        return float(quotient)
    return Fraction(int(quotient.p), int(quotient.q))


def _find_step(ratios: Iterable[Fraction]) -> Fraction:
    """Return the smallest value whose product with every ratio is an integer."""
    chosen = list(ratios)
    return Fraction(
        math.lcm(*(ratio.denominator for ratio in chosen)),
        math.gcd(*(ratio.numerator for ratio in chosen)),
    )
