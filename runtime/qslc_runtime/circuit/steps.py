"""The steps of a circuit, gate by gate, and angles as polynomials of weights and features.

Generated layers state their circuit in these; the compiled kernel (``compiled.program``) and
folding (``folding.circuit``) read them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.circuit import tables
from qslc_runtime.circuit.gates import find_gate

Monomial = tuple[int, ...]
"""The indices of symbols, in order, each as often as its power."""


@dataclass(frozen=True)
class Polynomial:
    """A sum of monomials with coefficients. Sums and products with numbers work from both sides."""

    terms: Mapping[Monomial, float]

    def __add__(self, other: Polynomial | float) -> Polynomial:
        terms = dict(self.terms)
        for monomial, factor in to_polynomial(other).terms.items():
            terms[monomial] = terms.get(monomial, 0.0) + factor
        return Polynomial(terms)

    def __mul__(self, other: Polynomial | float) -> Polynomial:
        terms: dict[Monomial, float] = {}
        for left, a in self.terms.items():
            for right, b in to_polynomial(other).terms.items():
                monomial = tuple(sorted(left + right))
                terms[monomial] = terms.get(monomial, 0.0) + a * b
        return Polynomial(terms)

    def __pow__(self, power: int) -> Polynomial:
        return self * self ** (power - 1) if power > 1 else self

    __radd__ = __add__
    __rmul__ = __mul__

    def evaluate(self, values: Sequence[Any] | NDArray[np.float64]) -> Any:
        """Return the value for those of all symbols: numbers, or arrays of one shape."""
        return sum(c * math.prod(values[i] for i in m) for m, c in self.terms.items())

    @property
    def key(self) -> tuple[tuple[Monomial, float], ...]:
        """The same for equal polynomials."""
        return tuple(sorted(self.terms.items()))


def to_polynomial(value: Polynomial | float) -> Polynomial:
    """Return a number as a polynomial."""
    return value if isinstance(value, Polynomial) else Polynomial({(): float(value)})


@dataclass(frozen=True)
class Symbols:
    """The entries of a vector, as polynomials.

    Args:
        size: Number of entries of the vector.
        first: Index of its first entry among all symbols of a circuit.
    """

    size: int
    first: int = 0

    def __getitem__(self, places: int | slice | tuple[int, ...]) -> Any:
        """Return an entry, or a tuple of several."""
        if isinstance(places, int):
            return Polynomial({(self.first + places,): 1.0})
        chosen = range(self.size)[places] if isinstance(places, slice) else places
        return tuple(self[place] for place in chosen)


@dataclass(frozen=True)
class Amplitudes:
    """The start state: the normalized features of a token, with ``bias`` a constant behind them."""

    bias: bool = False


@dataclass(frozen=True)
class Gates:
    """A gate on each of several qubits.

    Args:
        gate: Name of the gate, of ``circuit.gates.GATES``.
        qubits: The qubits on which it acts.
        angles: The angle of each, in radians, if it is a rotation.

    Raises:
        ValueError: There is no such gate, or its angles are not one for each qubit.
    """

    gate: str
    qubits: Sequence[int]
    angles: Sequence[Polynomial | float] = ()

    def __post_init__(self) -> None:
        wanted = len(self.qubits) if find_gate(self.gate).is_rotation else 0
        if len(self.angles) != wanted:
            raise ValueError(
                f"the gate {self.gate!r} takes {wanted} angles, not {len(self.angles)}"
            )

    def evaluate(self, values: Sequence[Any] | NDArray[np.float64]) -> Iterator[Any]:
        """Yield each qubit and its matrix, (2, 2) or (2, 2, n), for the values of all symbols."""
        angles = [to_polynomial(angle).evaluate(values) for angle in self.angles]
        for qubit, angle in zip(self.qubits, angles or [0.0] * len(self.qubits), strict=True):
            yield qubit, find_gate(self.gate).evaluate(angle)


@dataclass(frozen=True, init=False)
class Product:
    """The start state in which each qubit is its gates on |0>."""

    gates: tuple[Gates, ...]

    def __init__(self, *gates: Gates) -> None:
        object.__setattr__(self, "gates", gates)


@dataclass(frozen=True)
class Permutation:
    """CNOT and X gates: the state in another order of the basis."""

    permutation: tables.Permutation


@dataclass(frozen=True)
class Parity:
    """CZ and Z gates: signs of the amplitudes."""

    parity: tables.Parity


@dataclass(frozen=True)
class Phase:
    """Rotations exp(-i t P / 2) about strings P of Z.

    Args:
        angles: The angle of each string, in radians.
        strings: The strings.
        factor: What all angles are multiplied by.
    """

    angles: Sequence[Polynomial | float]
    strings: tables.Strings
    factor: float = 1.0


@dataclass(frozen=True)
class Measure:
    """Expectations of Pauli strings that flip the same qubits.

    Args:
        strings: The strings.
        outputs: Their places among all observables.
        flip: The permutation of the basis that they make, if any.
        odd: Whether the number of Y in each is odd.
    """

    strings: tables.Strings
    outputs: Sequence[int]
    flip: tables.Permutation | None = None
    odd: bool = False


Step: TypeAlias = Amplitudes | Product | Gates | Permutation | Parity | Phase | Measure


def list_steps(layer: Any) -> tuple[Step, ...]:
    """Return the steps of a generated class; symbols are its weights, then its features."""
    weights = len(layer.WEIGHTS)
    steps: tuple[Step, ...] = layer.circuit(Symbols(weights), Symbols(layer.FEATURES, weights))
    return steps


def list_measurements(steps: Sequence[Step]) -> list[Measure]:
    """Return the measurements among the steps."""
    return [step for step in steps if isinstance(step, Measure)]
