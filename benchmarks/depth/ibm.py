"""The heavy-hexagonal chips of 27 and 127 qubits, which a spec names by their couplers."""

from __future__ import annotations

from itertools import pairwise

Edges = tuple[tuple[int, int], ...]

FALCON: Edges = (
    *((0, 1), (1, 2), (1, 4), (2, 3), (3, 5), (4, 7), (5, 8), (6, 7), (7, 10), (8, 9), (8, 11)),
    *((10, 12), (11, 14), (12, 13), (12, 15), (13, 14), (14, 16), (15, 18), (16, 19), (17, 18)),
    *((18, 21), (19, 20), (19, 22), (21, 23), (22, 25), (23, 24), (24, 25), (25, 26)),
)
"""IBM Quantum Falcon, 27 qubits."""

_COLUMNS = 15


def make_eagle() -> Edges:
    """Return the couplers of IBM Quantum Eagle, 127 qubits: seven rows, four bridges between two.

    The rows have 15 columns, but the first lacks the last column and the last lacks the first.
    """
    rows = [range(_COLUMNS - 1), *[range(_COLUMNS)] * 5, range(1, _COLUMNS)]
    number: dict[tuple[int, int], int] = {}
    edges: list[tuple[int, int]] = []
    free = 0
    for row, columns in enumerate(rows):
        number |= {(row, column): free + i for i, column in enumerate(columns)}
        free += len(columns)
        edges += pairwise(number[row, column] for column in columns)
        if row < len(rows) - 1:
            number |= {(-row - 1, column): free + i for i, column in enumerate(_list_bridges(row))}
            free += 4
    for row in range(len(rows) - 1):
        for column in _list_bridges(row):
            bridge = number[-row - 1, column]
            edges += [(number[row, column], bridge), (bridge, number[row + 1, column])]
    return tuple(sorted(edges))


def _list_bridges(row: int) -> range:
    return range(0, 13, 4) if row % 2 == 0 else range(2, 15, 4)
