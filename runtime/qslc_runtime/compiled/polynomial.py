"""Angles as polynomials of weights and features."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import overload

Monomial = tuple[int, ...]
"""The indices of symbols, in order, each as often as its power."""


@dataclass(frozen=True)
class Polynomial:
    """A sum of monomials with coefficients. Sums and products with numbers work from both sides."""

    terms: Mapping[Monomial, float]

    def __add__(self, other: Polynomial | float) -> Polynomial:
        terms = dict(self.terms)
        for monomial, factor in polynomial(other).terms.items():
            terms[monomial] = terms.get(monomial, 0.0) + factor
        return Polynomial(terms)

    def __mul__(self, other: Polynomial | float) -> Polynomial:
        terms: dict[Monomial, float] = {}
        for left, a in self.terms.items():
            for right, b in polynomial(other).terms.items():
                monomial = tuple(sorted(left + right))
                terms[monomial] = terms.get(monomial, 0.0) + a * b
        return Polynomial(terms)

    def __pow__(self, power: int) -> Polynomial:
        return self * self ** (power - 1) if power > 1 else self

    __radd__ = __add__
    __rmul__ = __mul__

    @property
    def key(self) -> tuple[tuple[Monomial, float], ...]:
        """The same for equal polynomials."""
        return tuple(sorted(self.terms.items()))


def polynomial(value: Polynomial | float) -> Polynomial:
    """A number as a polynomial."""
    return value if isinstance(value, Polynomial) else Polynomial({(): float(value)})


@dataclass(frozen=True)
class Symbols:
    """The entries of a vector, as polynomials.

    Args:
        size: of the vector.
        first: the index of its first entry among all symbols of a circuit.
    """

    size: int
    first: int = 0

    @overload
    def __getitem__(self, places: int) -> Polynomial: ...

    @overload
    def __getitem__(self, places: slice | tuple[int, ...]) -> tuple[Polynomial, ...]: ...

    def __getitem__(
        self, places: int | slice | tuple[int, ...]
    ) -> Polynomial | tuple[Polynomial, ...]:
        if isinstance(places, int):
            return Polynomial({(self.first + places,): 1.0})
        chosen = range(self.size)[places] if isinstance(places, slice) else places
        return tuple(self[place] for place in chosen)
