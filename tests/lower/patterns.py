"""Layered programs of the entangling patterns, written down independently of the compiler."""

from __future__ import annotations

from itertools import combinations, count, pairwise

import sympy

from qslc.ir.gates import GATES
from qslc.ir.program import Operation, PauliString, Program

PATTERNS = ("linear", "ring", "brick", "star", "shifted_ring", "all_to_all")


def pairs(pattern: str, n: int, layer: int = 0) -> list[tuple[int, int]]:
    line = list(pairwise(range(n)))
    if pattern == "linear":
        return line
    if pattern == "ring":
        return [*line, (n - 1, 0)]
    if pattern == "brick":
        return line[::2] + line[1::2]
    if pattern == "star":
        return [(0, i) for i in range(1, n)]
    if pattern == "all_to_all":
        return list(combinations(range(n), 2))
    if layer % 2 == 0:
        return [(i, (i + 1) % n) for i in reversed(range(n))]
    return [(i, (i - 1) % n) for i in (n - 1, *range(n - 1))]


def layered(pattern: str, n: int, layers: int, gate: str = "cnot") -> Program:
    """RY of a fresh weight on every qubit, then the gate on every pair, layer by layer."""
    fresh = (f"theta_{k}" for k in count())
    operations: list[Operation] = []
    for layer in range(layers):
        operations += [Operation("ry", (q,), sympy.Symbol(next(fresh))) for q in range(n)]
        operations += [
            Operation(gate, pair, sympy.Symbol(next(fresh)) if GATES[gate].rotation else None)
            for pair in pairs(pattern, n, layer)
        ]
    weights = tuple(op.angle.name for op in operations if op.angle is not None)
    observables = tuple(PauliString(((q, "Z"),)) for q in range(n))
    return Program(n, tuple(operations), observables, weights)
