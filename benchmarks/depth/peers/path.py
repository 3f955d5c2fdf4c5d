"""Find a simple path through a coupling graph, for compilers that want the qubits on a line."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

MAX_STEPS = 200_000


def find_path(length: int, edges: Iterable[tuple[int, int]]) -> list[int] | None:
    """Return a path of ``length`` qubits, or None if a bounded search finds none.

    The search goes depth first and tries the neighbour with the fewest free neighbours first
    (Warnsdorff's rule).
    """
    neighbours: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    budget = MAX_STEPS // len(neighbours)
    starts = sorted(neighbours, key=lambda qubit: (len(neighbours[qubit]), qubit))
    found = (_extend(start, length, neighbours, budget) for start in starts)
    return next((each for each in found if each), None)


def _extend(
    start: int, length: int, neighbours: dict[int, set[int]], budget: int
) -> list[int] | None:
    stack = [[start]]
    for _ in range(budget):
        if not stack:
            return None
        walked = stack.pop()
        if len(walked) == length:
            return walked
        free = neighbours[walked[-1]] - set(walked)
        onward = sorted(free, key=lambda q: (len(neighbours[q] - set(walked)), q), reverse=True)
        stack += [[*walked, each] for each in onward]
    return None
