"""Compare the observables of two programs as operators on the input, at Clifford angles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial

import numpy as np
import sympy

from qslc.ir.matrices import Matrix
from qslc.ir.program import Program
from qslc.verify.clifford_points import find_clifford_points
from qslc.verify.heisenberg import LETTERS, Terms, make_terms, propagate, simplify
from qslc.verify.known_states import Action, list_actions, reduce_actions

CHUNK = 4096
"""Number of observables that are carried at once, all points together."""
ROUNDING = 1e-9
"""Deviation up to which two forms are taken to be equal."""


def operator_deviation(
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
    def radians(angle: sympy.Expr) -> tuple[float, ...]:
        return tuple(clifford.radians(angle, point) for point in drawn)

    forms = [list_actions(logical)]
    if logical.start == "zero":
        forms.append(reduce_actions(logical))
    largest = 0.0
    for chosen in _chunks(len(logical.observables), max(1, CHUNK // points)):
        carry_back = partial(_carry_back, chosen=chosen, points=points, radians=radians)
        seen = _restrict(carry_back(physical, list_actions(physical)), places)
        written = (carry_back(logical, form) for form in forms)
        largest = max(largest, _smallest(_distance(terms, seen) for terms in written))
    return largest


def _chunks(size: int, length: int) -> Iterator[slice]:
    return (slice(start, start + length) for start in range(0, size, length))


def _carry_back(
    program: Program,
    form: Sequence[Action],
    chosen: slice,
    points: int,
    radians: Callable[[sympy.Expr], tuple[float, ...]],
) -> Terms:
    """Carry some of a program's observables back to its input."""
    gates = ((action.qubits, _matrices(action, radians)) for action in reversed(form))
    return propagate(make_terms(program.observables[chosen], program.qubits, points), gates)


def _matrices(
    action: Action, radians: Callable[[sympy.Expr], tuple[float, ...]]
) -> tuple[Matrix, ...]:
    """Return a matrix for each point, or the one of a gate without an angle."""
    angle = action.operation.angle
    values = (None,) if angle is None else radians(angle)
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


def _distance(first: Terms, second: Terms) -> float:
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


def _smallest(distances: Iterable[float]) -> float:
    """Return the smallest of some distances, or the first that is only rounding."""
    smallest = np.inf
    for distance in distances:
        smallest = min(smallest, distance)
        if smallest < ROUNDING:
            break
    return smallest
