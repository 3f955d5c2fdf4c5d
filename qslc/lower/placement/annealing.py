"""Places for qubits by simulated annealing (Kirkpatrick, Gelatt and Vecchi 1983)."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp

import numpy as np

from qslc.lower.placement.graph import Graph

_SWEEPS = 40
_HOT, _COLD = 2.0, 0.1


def annealed(
    pattern: Graph, device: Graph, start: Sequence[int], rng: np.random.Generator
) -> tuple[int, ...]:
    """Places at which the pairs of a pattern are closer together than at some first places.

    A move exchanges the occupants of two places, one of them chosen next to a partner of the
    other's occupant half of the time. The energy is the sum of the distances of all pairs.

    Args:
        pattern: the pairs of a program.
        device: connected, with at least as many vertices.
        start: a place for each vertex of the pattern.
        rng: the source of all choices.
    """
    fillers = sorted(set(range(device.size)) - set(start))
    place = [*start, *fillers]
    occupant = np.argsort(place).tolist()
    partners = [*pattern.neighbours, *[()] * len(fillers)]
    distances = device.distances.tolist()

    energy = lowest = 0
    best = tuple(start)
    steps = _SWEEPS * device.size
    for step, draw in enumerate(rng.random((steps, 4)).tolist()):
        vertex = int(draw[0] * pattern.size)
        goal = int(draw[1] * device.size)
        if partners[vertex] and draw[2] < 0.5:
            partner = partners[vertex][int(2 * draw[2] * len(partners[vertex]))]
            around = device.neighbours[place[partner]]
            goal = around[int(draw[1] * len(around))]
        other = occupant[goal]
        growth = _growth(vertex, other, partners, place, distances)
        temperature = _HOT * (_COLD / _HOT) ** (step / steps)
        if growth > 0 and draw[3] >= exp(-growth / temperature):
            continue
        place[vertex], place[other] = place[other], place[vertex]
        occupant[place[vertex]], occupant[place[other]] = vertex, other
        energy += growth
        if energy < lowest:
            lowest, best = energy, tuple(place[: pattern.size])
    return best


def _growth(
    vertex: int,
    other: int,
    partners: Sequence[Sequence[int]],
    place: Sequence[int],
    distances: Sequence[Sequence[int]],
) -> int:
    """By how much the energy grows if two vertices exchange their places."""
    here, there = distances[place[vertex]], distances[place[other]]
    growth = 0
    for partner in partners[vertex]:
        if partner != other:
            growth += there[place[partner]] - here[place[partner]]
    for partner in partners[other]:
        if partner != vertex:
            growth += here[place[partner]] - there[place[partner]]
    return growth
