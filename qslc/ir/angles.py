"""Angles: sympy expressions in radians over weights and input features."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache, reduce
from operator import add, mul
from typing import Any, TypeAlias

import numpy as np
import sympy

from qslc.diagnostics import CompilerFaultError
from qslc.ir.program import Operation, Program

TURN = 2 * sympy.pi
"""A rotation by 2 pi is -1, a global phase, unless it is controlled."""

PERIOD = 4 * sympy.pi
"""A rotation by 4 pi is the identity."""


@lru_cache(maxsize=1 << 16)
def normalize(angle: sympy.Expr, period: sympy.Expr = PERIOD) -> sympy.Expr:
    """Expand an angle, its constant part in (-period / 2, period / 2]."""
    if _has_no_constant(angle):
        return angle
    constant, rest = sympy.expand(angle).as_independent(*angle.free_symbols, as_Add=True)
    periods = int(sympy.ceiling(sympy.expand(constant / period) - sympy.S.Half))
    return constant - periods * period + rest


@lru_cache(maxsize=1 << 16)
def reduce_constant(angle: sympy.Expr, period: sympy.Expr) -> sympy.Expr:
    """Bring the constant part of an angle into (-period / 2, period / 2], if it is not there."""
    normal = normalize(angle, period)
    return angle if normal == sympy.expand(angle) else normal


def _has_no_constant(angle: sympy.Expr) -> bool:
    """Return whether an angle is a plain sum of symbols, as most are."""
    return all(term.is_Symbol for term in sympy.Add.make_args(angle))


def is_zero(angle: sympy.Expr) -> bool:
    """Return whether a rotation by this angle is the identity for every value of its symbols."""
    return bool(normalize(angle) == 0)


@lru_cache(maxsize=1 << 16)
def count_quarter_turns(angle: sympy.Expr) -> int | None:
    """Return the angle in units of pi/2, modulo 8, or None if it is no constant multiple."""
    if angle.free_symbols:
        return None
    turns = sympy.expand(2 * angle / sympy.pi)
    return int(turns) % 8 if turns.is_integer else None


def collect_monomials(angle: sympy.Expr) -> dict[sympy.Expr, sympy.Expr]:
    """Return coefficient of each product of symbols; the constant part under 1."""
    return dict(sympy.expand(angle).as_coefficients_dict(*sorted(angle.free_symbols, key=str)))


def count_independent(angles: Iterable[sympy.Expr | None], weights: Iterable[str]) -> int:
    """Count the independent combinations of weights that the angles depend on.

    The rank of the Jacobian of the angles by the weights at a generic point: two weights that
    only ever occur as their sum count once, and a weight that no gate sees does not count.
    """
    names = frozenset(weights)
    distinct = dict.fromkeys(angle for angle in angles if angle is not None)
    symbols = sorted({s for angle in distinct for s in angle.free_symbols}, key=str)
    point = dict(
        zip(symbols, np.random.default_rng(0).uniform(0.5, 1.5, len(symbols)), strict=True)
    )
    rows = [_evaluate_gradient(angle, names, point) for angle in distinct]
    return _count_rank([row for row in rows if row])


def _evaluate_gradient(
    angle: sympy.Expr, names: frozenset[str], point: dict[sympy.Symbol, float]
) -> dict[str, float]:
    plain = _has_no_constant(angle)
    return {
        symbol.name: 1.0 if plain else float(angle.diff(symbol).xreplace(point))
        for symbol in angle.free_symbols
        if symbol.name in names
    }


def _count_rank(rows: list[dict[str, float]]) -> int:
    """Return the rank of a sparse matrix, counting rows that alone hold a column first."""
    rank = 0
    while True:
        seen = Counter(column for row in rows for column in row)
        rest = [row for row in rows if all(seen[column] > 1 for column in row)]
        if len(rest) == len(rows):
            break
        rank, rows = rank + len(rows) - len(rest), rest
    columns = {column: i for i, column in enumerate(sorted({c for row in rows for c in row}))}
    matrix = np.zeros((len(rows), len(columns)))
    for i, row in enumerate(rows):
        matrix[i, [columns[column] for column in row]] = list(row.values())
    return rank + (int(np.linalg.matrix_rank(matrix)) if rows else 0)


Values: TypeAlias = Mapping[str, Any]
"""The value of each symbol: a float, or an array with one entry for each point."""


def evaluate(angle: sympy.Expr, values: Values) -> Any:
    """Return an angle in radians at points given by the values of its symbols, of their shape."""
    if angle.is_Symbol:
        return values[angle.name]
    if not angle.free_symbols:
        return float(angle)
    parts = (evaluate(part, values) for part in angle.args)
    if angle.is_Pow:
        base, exponent = parts
        return base**exponent
    if not (angle.is_Add or angle.is_Mul):
        raise CompilerFaultError(f"the angle {angle} is no polynomial")
    return reduce(add if angle.is_Add else mul, parts)


def find_period(op: Operation) -> sympy.Expr:
    """Return by how much an angle may change, in radians, with no effect but on a global phase."""
    return TURN if op.kind.period == 2 else PERIOD


def reduce_to_period(op: Operation) -> Operation:
    """Return the operation with the constant part of its angle in (-period / 2, period / 2].

    The period is 2 pi, or 4 pi where a control shows the sign of a rotation by 2 pi.
    """
    if op.angle is None:
        return op
    angle = reduce_constant(op.angle, find_period(op))
    return op if angle is op.angle else replace(op, angle=angle)


def reduce_all_to_period(program: Program) -> Program:
    """Return the program with every angle within one period; equal up to a global phase."""
    return replace(program, operations=tuple(map(reduce_to_period, program.operations)))


WIDE = 4
"""Standard deviation of "wide normal" initial angles, in those of "scaled normal"."""


def compute_scaled_deviation(program: Program) -> float:
    """Return the standard deviation in radians of "scaled normal".

    The variance is 1 / (4 (L + 2)) with L angles per qubit: Zhang et al. 2022, arXiv:2203.09376,
    theorem 1.
    """
    return float(0.5 / np.sqrt(len(program.weights) / program.qubits + 2))
