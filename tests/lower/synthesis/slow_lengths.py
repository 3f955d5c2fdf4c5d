"""Lengths of strings and what moves do to them, one string at a time."""

from __future__ import annotations

from functools import cache
from itertools import combinations, product

import numpy as np

from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.cuts import Cuts
from qslc.lower.synthesis.lengths import Measure
from qslc.lower.synthesis.moves import Letters
from tests.export.emit_matrices import I2
from tests.lower.exact_simulation import PAULI

Axis = dict[int, str]
MATRIX = {"I": I2, **PAULI}


def length(support: set[int], found: Cuts, measure: Measure) -> float:
    """Return the length of a string on some vertices, as the formula has it."""
    if not support:
        return 0.0
    gates, straddled = len(support) - 1, 0
    for side in found.sides[::2]:
        straddled += len({bool(side[vertex]) for vertex in support}) == 2
    box = straddled / (2 if found.halved else 1) if len(found.sides) else gates
    return box + measure.holes * max(0, box - gates) + measure.fill * max(0, gates - box)


def steiner(support: set[int], graph: Graph) -> int:
    """Edges of the smallest tree that connects some vertices, by trying all sets of vertices."""
    others = [v for v in range(graph.size) if v not in support]
    return next(
        len(support) + extra - 1
        for extra in range(len(others) + 1)
        for more in combinations(others, extra)
        if len(graph.subgraph([*support, *more]).components) == 1
    )


@cache
def images(letters: Letters) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what a move makes of the Paulis on its two qubits, up to a sign: U Q U^dagger."""
    s, t = (PAULI[letter] for letter in letters)
    gate = (np.kron(I2 + s, I2) + np.kron(I2 - s, t)) / 2
    pairs = list(product("IXYZ", repeat=2))
    dense = {pair: np.kron(MATRIX[pair[0]], MATRIX[pair[1]]) for pair in pairs}
    after = {pair: gate @ dense[pair] @ gate.conj().T for pair in pairs}
    return {
        before: next(q for q in pairs if abs(np.vdot(dense[q], image)) > 3.9)
        for before, image in after.items()
    }


def moved(axis: Axis, a: int, b: int, letters: Letters) -> Axis:
    before = axis.get(a, "I"), axis.get(b, "I")
    after = {**axis, **dict(zip((a, b), images(letters)[before], strict=True))}
    return {vertex: pauli for vertex, pauli in after.items() if pauli != "I"}


def as_bits(frames: list[list[list[Axis]]], vertices: int) -> tuple[np.ndarray, np.ndarray]:
    """x and z, (frames, vertices, words), of frames of words of at most 64 strings."""
    shape = len(frames), vertices, len(frames[0])
    x, z = np.zeros(shape, np.uint64), np.zeros(shape, np.uint64)
    for f, words in enumerate(frames):
        for w, axes in enumerate(words):
            for k, axis in enumerate(axes):
                for vertex, pauli in axis.items():
                    x[f, vertex, w] |= np.uint64((pauli != "Z") << k)
                    z[f, vertex, w] |= np.uint64((pauli != "X") << k)
    return x, z
