"""Couplers that tests prepare states along."""

from __future__ import annotations

Pairs = list[tuple[int, int]]

GRAPHS: dict[str, tuple[int, Pairs]] = {
    "line": (5, [(0, 1), (1, 2), (2, 3), (3, 4)]),
    "shuffled line": (5, [(3, 0), (4, 1), (2, 4), (0, 2)]),
    "even ring": (6, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5), (5, 0)]),
    "odd ring": (5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 0)]),
    "grid": (6, [(0, 1), (1, 2), (3, 4), (4, 5), (0, 3), (1, 4), (2, 5)]),
    "heavy hex": (6, [(0, 1), (1, 2), (2, 3), (1, 4), (4, 5)]),
    "star": (5, [(0, 1), (0, 2), (0, 3), (0, 4)]),
    "triangle": (3, [(0, 1), (1, 2), (2, 0)]),
    "pair": (2, [(0, 1)]),
    "one qubit": (1, []),
}


def make_line(qubits: int) -> Pairs:
    return [(qubit, qubit + 1) for qubit in range(qubits - 1)]
