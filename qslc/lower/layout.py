"""Where a program that needs SWAPs starts on a device, and which part of the device it may use."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qslc.lower.coupling import Graph
from qslc.lower.embedding import ORDERS, Order, embedding, sequence
from qslc.lower.routing import Style


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


_FRUGAL = Style(price=2.0, depth=0.01)
_STYLES = (Style(0.5, 0.05), Style(1.0, 0.1), Style(0.2, 0.2), Style(1.0, 0.0))


def trials(pattern: Graph, device: Graph, count: int, seed: int) -> tuple[Trial, ...]:
    """Attempts that differ in place, region and style, the most promising first.

    Qubits start next to the qubits that they interact with, or at random, in a dense region that
    has spare qubits in every other attempt. On a line of device qubits a dense program becomes a
    network of gates that are each followed by a SWAP on the same pair (Kivlichan et al., "Quantum
    simulation of electronic structure with linear depth and connectivity", 2018).

    Args:
        pattern: the pairs of the program.
        device: connected, with at least as many qubits.
    """
    line = _on_line(pattern.size, device, seed)
    near = tuple(_near(pattern, device, k) for k in range(4))
    first = (*line, *near) if _is_dense(pattern) else (*near[:3], *line, *near[3:])
    spread = (_spread(pattern.size, device, k, seed) for k in range(max(0, count - len(first))))
    return (*first, *spread)[:count]


def plain_trial(qubits: int, device: Graph) -> Trial:
    """Qubits in their own order around the centre of the device, with no improvement."""
    region = _region(qubits, device)
    return Trial(region, device.part(region), tuple(range(qubits)), 0, Style())


def _is_dense(pattern: Graph) -> bool:
    return 4 * len(pattern.edges) > pattern.size * (pattern.size - 1)


def _on_line(qubits: int, device: Graph, seed: int) -> tuple[Trial, ...]:
    line = Graph(qubits, tuple(pairwise(range(qubits))))
    places = embedding(line, device, seed)
    return (Trial(places, line, tuple(range(qubits)), 0, _FRUGAL),) if places else ()


def _near(pattern: Graph, device: Graph, k: int) -> Trial:
    region = _region(pattern.size, device, spare=k % 2 == 1)
    part = device.part(region)
    start = near_partners(pattern, part, ORDERS[1 + k // 2])
    return Trial(region, part, start, k // 2, _STYLES[k])


def _spread(qubits: int, device: Graph, k: int, seed: int) -> Trial:
    rng = np.random.default_rng((seed, k))
    central = np.argsort(device.distances.sum(axis=1), kind="stable")
    centre = int(rng.choice(central[: max(1, device.size // 4)]))
    region = _region(qubits, device, spare=k % 2 == 1, centre=centre)
    start = tuple(rng.permutation(qubits).tolist())
    return Trial(region, device.part(region), start, 2, _STYLES[k % len(_STYLES)])


def near_partners(pattern: Graph, device: Graph, order: Order) -> tuple[int, ...]:
    """A place for each vertex, one after another, as near as can be to its placed neighbours.

    Of places that are equally near the one with the fewest free neighbours is taken.
    """
    places: dict[int, int] = {}
    free = np.ones(device.size, dtype=bool)
    room = np.array([len(each) for each in device.neighbours])
    for vertex in sequence(pattern, order):
        around = [places[other] for other in pattern.neighbours[vertex] if other in places]
        away = device.distances[around].sum(axis=0) * (device.size + 1) + room
        place = int(np.argmin(np.where(free, away, np.iinfo(np.int64).max)))
        places[vertex] = place
        free[place] = False
        room[list(device.neighbours[place])] -= 1
    return tuple(places[vertex] for vertex in range(pattern.size))


def _region(
    qubits: int, device: Graph, spare: bool = False, centre: int | None = None
) -> tuple[int, ...]:
    """A dense connected part of a device, around its centre if no other place is given."""
    if centre is None:
        centre = int(np.argmin(device.distances.sum(axis=1)))
    size = min(device.size, qubits + (1 + qubits // 4 if spare else 0))
    return _grown(centre, device, size)


def _grown(start: int, device: Graph, size: int) -> tuple[int, ...]:
    """Device qubits around one, the one with most neighbours inside next."""
    region: list[int] = []
    ties = {start: 0}
    away = device.distances[start]
    while len(region) < size:
        chosen = min(ties, key=lambda v: (-ties[v], away[v], v))
        del ties[chosen]
        region.append(chosen)
        for other in set(device.neighbours[chosen]) - set(region):
            ties[other] = ties.get(other, 0) + 1
    return tuple(region)
