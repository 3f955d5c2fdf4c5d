"""Where a program that needs SWAPs starts on a device, and which part of the device it may use."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise

import numpy as np

from qslc.lower.placement.annealing import annealed
from qslc.lower.placement.embedding import ORDERS, Order, embedding, sequence
from qslc.lower.placement.graph import Graph
from qslc.lower.placement.spine import spined
from qslc.lower.routing.router import Style


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt at routing.

    Args:
        region: the device qubits it may use.
        graph: the couplers it may use, between indices into ``region``.
        start: for each program qubit a first place, an index into ``region``.
        rounds: how often to improve that place by routing there and back.
        style: how SWAPs are weighed.
    """

    region: tuple[int, ...]
    graph: Graph
    start: tuple[int, ...]
    rounds: int
    style: Style


_CHOICE = 3  # device qubits among which one program qubit chooses its place
_STRETCHES, _MOST_SPARE = 8, 4  # how many pairs may be the one left over, and how far apart
_OPENED = 600  # vertices of all patterns with a pair left over, if they are more than a few
_FRUGAL = Style(price=2.0, delay=0.01)
_WALK = Style(price=1.0, delay=0.01)
_TURNS = 8  # vertices with which placements begin
_STYLES = (Style(0.2, 0.2), Style(0.5, 0.1), Style(0.2, 0.4), Style(1.0, 0.1))


def trials(pattern: Graph, device: Graph, count: int, seed: int) -> tuple[Trial, ...]:
    """Attempts that differ in place, region and style, the most promising first.

    All pairs but one are put on couplers, if that is possible, and that one across spare device
    qubits; if it is not, qubits lie along a path with legs, or along a line. In other attempts they
    start close to the qubits that they interact with, in every second one with spare device qubits
    around them. On a line of device qubits a dense program becomes a network of gates that are each
    followed by a SWAP on the same pair (Kivlichan et al., "Quantum simulation of electronic
    structure with linear depth and connectivity", 2018).

    Args:
        pattern: the pairs of the program.
        device: connected, with at least as many qubits.
    """
    close = tuple(_close(pattern, device, k, seed) for k in range(count))
    if _is_dense(pattern):
        return (*_on_line(pattern.size, device, seed), *close)[:count]
    first = _stretched(pattern, device, seed) or _opened(pattern, device, seed)
    first = first or (_along_spine(pattern, device), *_on_line(pattern.size, device, seed))
    if count == 1:
        return (min((*first, *close), key=partial(_swaps, pattern)),)
    return (*first, *close)[:count]


def _swaps(pattern: Graph, trial: Trial) -> int:
    """How many SWAPs would bring each pair together from its first place."""
    places = np.array(trial.start)
    a, b = np.array(pattern.edges, dtype=np.int64).reshape(-1, 2).T
    return int((trial.graph.distances[places[a], places[b]] - 1).sum())


def plain_trial(qubits: int, device: Graph) -> Trial:
    """Qubits in their own order around the centre of the device, with no improvement."""
    region = _grown(_centre(device), device, qubits)
    return Trial(region, device.part(region), tuple(range(qubits)), 0, _STYLES[0])


def trial_at(places: tuple[int, ...], device: Graph) -> Trial:
    """Qubits in given places and nowhere else, with no improvement."""
    return Trial(places, device.part(places), tuple(range(len(places))), 0, _STYLES[0])


def _is_dense(pattern: Graph) -> bool:
    return 4 * len(pattern.edges) > pattern.size * (pattern.size - 1)


def _on_line(qubits: int, device: Graph, seed: int) -> tuple[Trial, ...]:
    line = Graph(qubits, tuple(pairwise(range(qubits))))
    places = embedding(line, device, seed)
    return (Trial(places, line, tuple(range(qubits)), 0, _FRUGAL),) if places else ()


def _along_spine(pattern: Graph, device: Graph) -> Trial:
    """Qubits along a path with legs, those with the most partners first."""
    region, tree = spined(device, pattern.size)
    order = sorted(range(pattern.size), key=lambda q: -len(pattern.neighbours[q]))
    places = {qubit: place for place, qubit in enumerate(order)}
    start = tuple(places[q] for q in range(pattern.size))
    return Trial(region, tree, start, 0, _WALK)


def _stretched(pattern: Graph, device: Graph, seed: int) -> tuple[Trial, ...]:
    """The pattern with all pairs but one on couplers, if there is a way.

    An odd ring, on a device that has only even ones, is the longer ring with one place to spare.
    """
    for spare in range(1, min(_MOST_SPARE, device.size - pattern.size) + 1):
        for pair in pattern.edges[:: 1 + len(pattern.edges) // _STRETCHES]:
            places = embedding(_subdivided(pattern, pair, spare), device, seed, attempts=1)
            if places is not None:
                part, start = device.part(places), tuple(range(pattern.size))
                return (Trial(places, part, start, 0, _WALK),)
    return ()


def _opened(pattern: Graph, device: Graph, seed: int) -> tuple[Trial, ...]:
    """The pattern with all pairs but one on couplers and that one anywhere, if there is a way."""
    found = []
    most = max(_STRETCHES, _OPENED // pattern.size)
    for pair in pattern.edges[:: 1 + len(pattern.edges) // most]:
        rest = Graph(pattern.size, tuple(each for each in pattern.edges if each != pair))
        places = embedding(rest, device, seed, attempts=1)
        if places is not None:
            start = tuple(range(pattern.size))
            found.append(Trial(places, device.part(places), start, 0, _WALK))
    return tuple(sorted(found, key=partial(_swaps, pattern))[:1])


def _subdivided(graph: Graph, edge: tuple[int, int], count: int) -> Graph:
    """The graph with a path over ``count`` new vertices in place of an edge."""
    a, b = edge
    path = pairwise((a, *range(graph.size, graph.size + count), b))
    others = (each for each in graph.edges if each != edge)
    edges = (*others, *((min(pair), max(pair)) for pair in path))
    return Graph(graph.size + count, tuple(sorted(edges)))


def _close(pattern: Graph, device: Graph, k: int, seed: int) -> Trial:
    qubits = pattern.size
    choice = _grown(_centre(device), device, min(device.size, _CHOICE * qubits))
    part = device.part(choice)
    turn = k // 2 * qubits // _TURNS
    first = near_partners(pattern, part, ORDERS[2 - k % 2], turn)
    found = annealed(pattern, part, first, np.random.default_rng((seed, k)))
    places = [choice[place] for place in found]
    region = _grown(places, device, qubits + (0 if k % 2 else 1 + qubits // 4))
    start = tuple(range(qubits))
    return Trial(region, device.part(region), start, 2 * (k // 8), _STYLES[k // 2 % len(_STYLES)])


def near_partners(pattern: Graph, device: Graph, order: Order, turn: int = 0) -> tuple[int, ...]:
    """A place for each vertex, one after another, as near as can be to its placed neighbours.

    Of places that are equally near the one with the fewest free neighbours is taken. ``turn`` says
    where to begin, as in ``sequence``.
    """
    places: dict[int, int] = {}
    free = np.ones(device.size, dtype=bool)
    room = np.array([len(each) for each in device.neighbours])
    for vertex in sequence(pattern, order, turn):
        around = [places[other] for other in pattern.neighbours[vertex] if other in places]
        away = device.distances[around].sum(axis=0) * (device.size + 1) + room
        place = int(np.argmin(np.where(free, away, np.iinfo(np.int64).max)))
        places[vertex] = place
        free[place] = False
        room[list(device.neighbours[place])] -= 1
    return tuple(places[vertex] for vertex in range(pattern.size))


def _centre(device: Graph) -> list[int]:
    return [int(np.argmin(device.distances.sum(axis=1)))]


def _grown(seeds: Sequence[int], device: Graph, size: int) -> tuple[int, ...]:
    """The first ``size`` device qubits around some, or as many more as make them connected.

    The qubit with most neighbours inside comes next, of these the nearest to the seeds.
    """
    region = list(seeds)
    away = device.distances[region].sum(axis=0)
    ties: Counter[int] = Counter(n for seed in region for n in device.neighbours[seed])
    while len(region) < min(size, device.size) or len(device.part(region).components) > 1:
        outside = ties.keys() - set(region)
        chosen = min(outside, key=lambda v: (-ties[v], away[v], v))
        region.append(chosen)
        ties.update(device.neighbours[chosen])
    return tuple(region)
