"""The observables of two programs, compared as operators on the input at Clifford angles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial

import numpy as np
import sympy

from qslc.ir.matrices import Matrix
from qslc.ir.program import Program
from qslc.verify.clifford_points import grid
from qslc.verify.heisenberg import LETTERS, Terms, propagated, simplified, terms
from qslc.verify.known_states import Action, actions, reduced_actions

CHUNK = 4096
"""How many observables are carried at once, all points together."""
ROUNDING = 1e-9


def operator_deviation(
    logical: Program,
    physical: Program,
    places: Sequence[int],
    points: int,
    rng: np.random.Generator,
) -> float:
    """The largest coefficient by which the observables differ, at any of some Clifford points.

    Each observable P of a circuit U is compared as U^dagger P U, an operator on the input state.
    Where that state is |0...0>, ``physical`` may lack the gates that do nothing to a qubit in a
    known state: then it is compared with ``logical`` without just those gates.

    Args:
        logical, physical: with the same number of observables.
        places: where the qubits of the one start in the other, whose other qubits are |0>.
        points: how many; each a Clifford angle for every symbol.
        rng: of the points.

    Raises:
        InputError: the programs hold too many gates with non-Clifford constants.
    """
    clifford = grid((*logical.operations, *physical.operations))
    drawn = [clifford.random_point(rng) for _ in range(points)]

    @cache
    def radians(angle: sympy.Expr) -> tuple[float, ...]:
        return tuple(clifford.radians(angle, point) for point in drawn)

    forms = [actions(logical)]
    if logical.start == "zero":
        forms.append(reduced_actions(logical))
    largest = 0.0
    for chosen in _chunks(len(logical.observables), max(1, CHUNK // points)):
        at_input = partial(_at_input, chosen=chosen, points=points, radians=radians)
        seen = _seen_from(at_input(physical, actions(physical)), places)
        written = (at_input(logical, form) for form in forms)
        largest = max(largest, _smallest(_distance(terms, seen) for terms in written))
    return largest


def _chunks(size: int, length: int) -> Iterator[slice]:
    return (slice(start, start + length) for start in range(0, size, length))


def _at_input(
    program: Program,
    form: Sequence[Action],
    chosen: slice,
    points: int,
    radians: Callable[[sympy.Expr], tuple[float, ...]],
) -> Terms:
    """Some of a program's observables, carried back to its input."""
    gates = ((action.qubits, _matrices(action, radians)) for action in reversed(form))
    return propagated(terms(program.observables[chosen], program.qubits, points), gates)


def _matrices(
    action: Action, radians: Callable[[sympy.Expr], tuple[float, ...]]
) -> tuple[Matrix, ...]:
    """One for each point, or the one of a gate without an angle."""
    angle = action.operation.angle
    values = (None,) if angle is None else radians(angle)
    return tuple(action.matrix(value) for value in values)


def _seen_from(terms: Terms, places: Sequence[int]) -> Terms:
    """The terms on some qubits, where all others are |0>: Z is 1 there, X and Y are 0."""
    others = np.setdiff1d(np.arange(len(terms.paulis)), places)
    kept = np.isin(terms.paulis[others], (LETTERS.index("I"), LETTERS.index("Z"))).all(axis=0)
    return Terms(
        terms.paulis[np.asarray(places, dtype=np.intp)][:, kept],
        terms.coefficients[kept],
        terms.owners[kept],
        terms.points[kept],
    )


def _distance(first: Terms, second: Terms) -> float:
    """The largest coefficient of the difference."""
    difference = simplified(
        Terms(
            np.concatenate([first.paulis, second.paulis], axis=1),
            np.concatenate([first.coefficients, -second.coefficients]),
            np.concatenate([first.owners, second.owners]),
            np.concatenate([first.points, second.points]),
        )
    )
    return float(np.abs(difference.coefficients).max(initial=0))


def _smallest(distances: Iterable[float]) -> float:
    """The smallest of some distances; the first that is only rounding ends the search."""
    smallest = np.inf
    for distance in distances:
        smallest = min(smallest, distance)
        if smallest < ROUNDING:
            break
    return smallest
