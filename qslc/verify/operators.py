"""The observables of two programs, compared as operators on the input at Clifford angles."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import sympy

from qslc.ir.matrices import Matrix
from qslc.ir.program import Program
from qslc.verify.clifford_points import grid
from qslc.verify.heisenberg import LETTERS, Terms, propagated, simplified, terms
from qslc.verify.known_states import Action, actions, reduced_actions

CHUNK = 4096
"""How many observables are carried at once."""
ROUNDING = 1e-9


def operator_deviation(
    logical: Program,
    physical: Program,
    places: Sequence[int],
    points: int,
    rng: np.random.Generator,
) -> float:
    """The largest coefficient by which the observables differ, at some random Clifford points.

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
    forms = [actions(logical)]
    if logical.start == "zero":
        forms.append(reduced_actions(logical))
    largest = 0.0
    for _ in range(points):
        radians = partial(clifford.radians, point=clifford.random_point(rng))
        for chosen in _chunks(len(logical.observables)):
            compiled = _at_input(physical, actions(physical), chosen, radians)
            seen = _seen_from(compiled, places)
            written = (_at_input(logical, form, chosen, radians) for form in forms)
            largest = max(largest, _smallest(_distance(terms, seen) for terms in written))
    return largest


def _chunks(size: int) -> Iterator[slice]:
    return (slice(start, start + CHUNK) for start in range(0, size, CHUNK))


def _at_input(
    program: Program,
    form: Sequence[Action],
    chosen: slice,
    radians: Callable[[sympy.Expr], float],
) -> Terms:
    """Some of a program's observables, carried back to its input."""
    gates = ((action.qubits, _matrix(action, radians)) for action in reversed(form))
    return propagated(terms(program.observables[chosen], program.qubits), gates)


def _matrix(action: Action, radians: Callable[[sympy.Expr], float]) -> Matrix:
    angle = action.operation.angle
    return action.matrix(None if angle is None else radians(angle))


def _seen_from(terms: Terms, places: Sequence[int]) -> Terms:
    """The terms on some qubits, where all others are |0>: Z is 1 there, X and Y are 0."""
    others = np.setdiff1d(np.arange(len(terms.paulis)), places)
    kept = np.isin(terms.paulis[others], (LETTERS.index("I"), LETTERS.index("Z"))).all(axis=0)
    return Terms(
        terms.paulis[np.asarray(places, dtype=np.intp)][:, kept],
        terms.coefficients[kept],
        terms.owners[kept],
    )


def _distance(first: Terms, second: Terms) -> float:
    """The largest coefficient of the difference."""
    difference = simplified(
        Terms(
            np.concatenate([first.paulis, second.paulis], axis=1),
            np.concatenate([first.coefficients, -second.coefficients]),
            np.concatenate([first.owners, second.owners]),
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
