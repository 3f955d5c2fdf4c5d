"""Angles as polynomials over weights and inputs, evaluated all at once.

Simulators resolve a gate's symbol by look-up, and TensorFlow Quantum accepts nothing but a multiple
of a symbol. So every rotation gets a symbol of its own (``rotations.separate``), and its value in
terms of the weights and the inputs is a matrix product over monomials.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import sympy


@dataclass(frozen=True, slots=True)
class Angles:
    """Polynomials in V variables, T monomials among them.

    Args:
        factors: of each monomial, as indices into the variables followed by the constant 1 (index
            V): (T, degree) int32.
        coefficients: of each monomial in each angle: (T, angles) float64.
    """

    factors: np.ndarray
    coefficients: np.ndarray

    def __call__(self, variables: np.ndarray) -> np.ndarray:
        """The angles, in radians: (rows, V) -> (rows, angles), in float64."""
        extended = np.concatenate([variables, np.ones((len(variables), 1))], axis=1)
        return extended[:, self.factors].prod(axis=-1) @ self.coefficients


def angles(expressions: Sequence[sympy.Expr], variables: Sequence[str]) -> Angles:
    """The polynomials of symbolic expressions.

    Raises:
        ValueError: an expression names something that is no variable, or is not a polynomial.
    """
    index = {name: i for i, name in enumerate(variables)}
    terms = [_terms(expression, index) for expression in expressions]
    monomials = {monomial: row for row, monomial in enumerate(sorted(set().union(*terms)))}
    degree = max(map(len, monomials), default=1) or 1
    factors = np.full((len(monomials), degree), len(index), np.int32)
    coefficients = np.zeros((len(monomials), len(terms)))
    for monomial, row in monomials.items():
        factors[row, : len(monomial)] = monomial
    for column, term in enumerate(terms):
        coefficients[[monomials[m] for m in term], column] = list(term.values())
    return Angles(factors, coefficients)


def _terms(expression: sympy.Expr, index: dict[str, int]) -> dict[tuple[int, ...], float]:
    """Coefficient by monomial; a monomial lists its variables, each as often as its power."""
    symbols = sorted(expression.free_symbols, key=str)
    unknown = next((s.name for s in symbols if s.name not in index), None)
    if unknown is not None:
        raise ValueError(f"the angle {expression} holds {unknown}, which is no weight and no input")
    polynomial = expression.as_poly(*symbols)
    if polynomial is None:
        raise ValueError(f"the angle {expression} is not a polynomial")
    columns = [index[s.name] for s in symbols]
    return {
        tuple(sorted(c for c, power in zip(columns, powers, strict=True) for _ in range(power))): (
            float(coefficient)
        )
        for powers, coefficient in polynomial.terms()
    }
