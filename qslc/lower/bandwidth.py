"""Orders of qubits along a path in which no pair is far apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import reverse_cuthill_mckee

from qslc.lower.coupling import Graph


def narrow_order(pattern: Graph) -> tuple[int, ...]:
    """A place on a path for each vertex, by the reverse Cuthill-McKee algorithm (1969)."""
    a, b = np.array((*pattern.edges, *((b, a) for a, b in pattern.edges))).reshape(-1, 2).T
    matrix = coo_array((np.ones(len(a)), (a, b)), shape=(pattern.size, pattern.size))
    order = reverse_cuthill_mckee(matrix.tocsr(), symmetric_mode=True)
    return tuple(np.argsort(order[::-1]).tolist())


def bandwidth(pattern: Graph, places: Sequence[int]) -> int:
    """How far apart on the path the two of a pair are at most."""
    return max((abs(places[a] - places[b]) for a, b in pattern.edges), default=0)
