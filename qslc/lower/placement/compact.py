"""Place qubits close to their partners in a compact region, where SWAPs between them are short.

Greedy placement, then simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983) of the sum of
distances, which does not see in which order the gates come.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import exp

import numpy as np

from qslc.lower.placement.embedding import VertexOrder, order_vertices
from qslc.lower.placement.graph import Graph

_SWEEPS = 40
"""Number of moves tried for each place of the device."""

_HOT, _COLD = 2.0, 0.1
"""First and last temperature, in edges of the sum of distances."""


def anneal(
    pattern: Graph, device: Graph, start: Sequence[int], rng: np.random.Generator
) -> tuple[int, ...]:
    """Find places at which the pairs of a pattern are closer together than at some first places.

    A move exchanges the occupants of two places, one of them chosen next to a partner of the
    other's occupant half of the time. The energy is the sum of the distances of all pairs.

    Args:
        pattern: Pairs of a program.
        device: Connected graph with at least as many vertices.
        start: First place of each vertex of the pattern.
        rng: Source of all choices.
    """
    fillers = sorted(set(range(device.size)) - set(start))
    place = [*start, *fillers]
    occupant = np.argsort(place).tolist()
    partners = [*pattern.neighbors, *[()] * len(fillers)]
    distances = device.distances.tolist()

    def compute_change(vertex: int, other: int) -> int:
        """Return by how much the energy grows if two vertices exchange their places."""
        here, there = distances[place[vertex]], distances[place[other]]
        change = 0
        for mover, old, new in ((vertex, here, there), (other, there, here)):
            for partner in partners[mover]:
                if partner not in (vertex, other):
                    change += new[place[partner]] - old[place[partner]]
        return change

    energy = lowest = 0
    best = tuple(start)
    steps = _SWEEPS * device.size
    for step, draw in enumerate(rng.random((steps, 4)).tolist()):
        vertex = int(draw[0] * pattern.size)
        goal = int(draw[1] * device.size)
        if partners[vertex] and draw[2] < 0.5:
            partner = partners[vertex][int(2 * draw[2] * len(partners[vertex]))]
            around = device.neighbors[place[partner]]
            goal = around[int(draw[1] * len(around))]
        other = occupant[goal]
        change = compute_change(vertex, other)
        temperature = _HOT * (_COLD / _HOT) ** (step / steps)
        if change > 0 and draw[3] >= exp(-change / temperature):
            continue
        place[vertex], place[other] = place[other], place[vertex]
        occupant[place[vertex]], occupant[place[other]] = vertex, other
        energy += change
        if energy < lowest:
            lowest, best = energy, tuple(place[: pattern.size])
    return best


def place_greedily(pattern: Graph, device: Graph, order: VertexOrder, turn: int) -> tuple[int, ...]:
    """Place one vertex after another, as near as can be to its placed neighbors.

    Of places that are equally near the one with the fewest free neighbors is taken. ``turn`` says
    where to begin, as in ``order_vertices``.
    """
    places: dict[int, int] = {}
    free = np.ones(device.size, dtype=bool)
    room = np.array([len(each) for each in device.neighbors])
    for vertex in order_vertices(pattern, order, turn):
        around = [places[other] for other in pattern.neighbors[vertex] if other in places]
        away = device.distances[around].sum(axis=0) * (device.size + 1) + room
        place = int(np.argmin(np.where(free, away, np.iinfo(np.int64).max)))
        places[vertex] = place
        free[place] = False
        room[list(device.neighbors[place])] -= 1
    return tuple(places[vertex] for vertex in range(pattern.size))


def find_center(device: Graph) -> int:
    """Return a vertex from which the distances to all others are shortest in sum."""
    return int(np.argmin(device.distances.sum(axis=1)))


def grow_region(seeds: Sequence[int], device: Graph, size: int) -> tuple[int, ...]:
    """Return the first ``size`` device qubits around some, or as many as make them connected.

    The qubit with most neighbors inside comes next, of these the nearest to the seeds.
    """
    region = list(seeds)
    away = device.distances[region].sum(axis=0)
    ties: Counter[int] = Counter(n for seed in region for n in device.neighbors[seed])
    while len(region) < min(size, device.size) or len(device.subgraph(region).components) > 1:
        outside = ties.keys() - set(region)
        chosen = min(outside, key=lambda v: (-ties[v], away[v], v))
        region.append(chosen)
        ties.update(device.neighbors[chosen])
    return tuple(region)
