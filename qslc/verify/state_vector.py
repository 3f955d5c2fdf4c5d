"""Compare expectations of two programs by exact simulation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np
import sympy
from numpy.typing import NDArray

from qslc.ir.angles import PERIOD, TURN, collect_monomials
from qslc.ir.gates import compute_unitary
from qslc.ir.matrices import State, apply_matrix, list_entries, measure
from qslc.ir.program import Program

DIGITS = 50
"""Number of digits with which large angles are evaluated before whole periods are taken away."""
LARGEST_ROUNDED = 1000.0
"""Size of an angle's terms, in radians, up to which rounding to double precision is enough."""


def compute_state_vector_deviation(
    logical: Program,
    physical: Program,
    places: Sequence[int],
    points: int,
    rng: np.random.Generator,
) -> float:
    """Return the largest difference between expectations at some random points.

    Args:
        logical: Program of the spec.
        physical: Program with the same number of observables.
        places: Where the qubits of the first start in the second, whose other qubits are |0>.
        points: Number of points, each an angle for every symbol and, for programs that take any
            input state, a real input vector.
        rng: Source of the points.

    Returns:
        NaN if any expectation is none.
    """
    symbols = _list_symbols(logical, physical)
    largest = 0.0
    for _ in range(points):
        angles = rng.uniform(-2 * np.pi, 2 * np.pi, len(symbols))
        values = {s: sympy.Float(angle) for s, angle in zip(symbols, angles, strict=True)}
        state = _draw_input(logical, rng)
        expected = compute_expectations(logical, values, state)
        got = compute_expectations(physical, values, _embed(state, places, physical.qubits))
        largest = float(np.maximum(largest, np.abs(got - expected).max(initial=0)))
    return largest


def _list_symbols(*programs: Program) -> list[sympy.Symbol]:
    angles = [op.angle for program in programs for op in program.operations if op.angle is not None]
    return sorted({symbol for angle in angles for symbol in angle.free_symbols}, key=str)


def _draw_input(program: Program, rng: np.random.Generator) -> State:
    state = np.zeros((2,) * program.qubits)
    if program.start == "any":
        state[...] = rng.normal(size=state.shape)
        return state / np.linalg.norm(state)
    state[(0,) * program.qubits] = 1
    return state


def _embed(state: State, places: Sequence[int], qubits: int) -> State:
    """Return the state with its qubit i at ``places[i]`` of more qubits, the others in |0>."""
    rest = [qubit for qubit in range(qubits) if qubit not in places]
    full = np.zeros((2,) * qubits, state.dtype)
    np.moveaxis(full, [*places, *rest], range(qubits))[(...,) + (0,) * len(rest)] = state
    return full


def compute_expectations(
    program: Program, values: Mapping[sympy.Symbol, sympy.Expr], state: State
) -> NDArray[np.float64]:
    """Return the expectation of every observable, at values of all symbols, shape (M,)."""
    for op in program.operations:
        angle = None if op.angle is None else _evaluate(op.angle, values)
        state = apply_matrix(list_entries(compute_unitary(op.gate, angle)), op.qubits, state)
    return measure(program.observables, state, program.qubits)


def _evaluate(angle: sympy.Expr, values: Mapping[sympy.Symbol, sympy.Expr]) -> float:
    """Return an angle at given values, precise even where it is the sum of large terms."""
    if _bound_terms(angle) <= LARGEST_ROUNDED:
        return float(angle.xreplace(values))
    precise = {symbol: sympy.Float(value, DIGITS) for symbol, value in values.items()}
    radians = angle.xreplace(precise).evalf(DIGITS)
    periods = sympy.floor(radians / PERIOD.evalf(DIGITS))
    return float((radians - periods * PERIOD).evalf(DIGITS))


@lru_cache(maxsize=1 << 16)
def _bound_terms(angle: sympy.Expr) -> float:
    """Return how large the terms of an angle are at most, within one turn of each symbol."""
    turns = dict.fromkeys(angle.free_symbols, TURN)
    return sum(
        abs(float(coefficient * product.xreplace(turns)))
        for product, coefficient in collect_monomials(angle).items()
    )
