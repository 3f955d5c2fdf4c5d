"""Where a program that needs SWAPs starts on a device, and which part of the device it may use."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from qslc.lower.coupling import Graph
from qslc.lower.embedding import embedding
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
_STYLES = (Style(0.5, 0.05), Style(0.2, 0.2), Style(1.0, 0.1), Style(1.0, 0.0))


def trials(qubits: int, device: Graph, count: int, seed: int) -> tuple[Trial, ...]:
    """Attempts that differ in place, region and style, the most promising first.

    On a line of device qubits a dense program becomes a network of gates that are each followed
    by a SWAP on the same pair (Kivlichan et al., "Quantum simulation of electronic structure with
    linear depth and connectivity", 2018). Elsewhere qubits start along a line, or at random in a
    dense region, which stays free of spare qubits in every other attempt.

    Args:
        qubits: of the program.
        device: connected, with at least as many qubits.
    """
    found = embedding(_line(qubits), device, seed)
    along = [_on_line(found), *(_along(found, device, k) for k in range(3))] if found else []
    spread = (_dense(qubits, device, k, seed) for k in range(max(0, count - len(along))))
    return (*along, *spread)[:count]


def plain_trial(qubits: int, device: Graph) -> Trial:
    """Qubits in their own order around the centre of the device, with no improvement."""
    centre = int(np.argmin(device.distances.sum(axis=1)))
    region = _grown([centre], device, qubits)
    return Trial(region, device.part(region), tuple(range(qubits)), 0, Style())


def _line(qubits: int) -> Graph:
    return Graph(qubits, tuple(pairwise(range(qubits))))


def _on_line(places: tuple[int, ...]) -> Trial:
    qubits = len(places)
    return Trial(places, _line(qubits), tuple(range(qubits)), 0, _FRUGAL)


def _along(places: tuple[int, ...], device: Graph, k: int) -> Trial:
    region = _grown(list(places), device, len(places) + _spare(len(places), k))
    return Trial(region, device.part(region), tuple(range(len(places))), k, _STYLES[k])


def _dense(qubits: int, device: Graph, k: int, seed: int) -> Trial:
    rng = np.random.default_rng((seed, k))
    central = np.argsort(device.distances.sum(axis=1), kind="stable")
    start = int(rng.choice(central[: max(1, device.size // 4)]))
    region = _grown([start], device, qubits + _spare(qubits, k))
    order = tuple(rng.permutation(qubits).tolist())
    return Trial(region, device.part(region), order, 2, _STYLES[k % len(_STYLES)])


def _spare(qubits: int, k: int) -> int:
    return 0 if k % 2 == 0 else 1 + qubits // 4


def _grown(seeds: list[int], device: Graph, size: int) -> tuple[int, ...]:
    """Device qubits around some, the one with most neighbours inside next; at most ``size``."""
    region = list(seeds)
    inside = dict.fromkeys(region)
    ties: dict[int, int] = {}
    for vertex in region:
        for neighbour in device.neighbours[vertex]:
            ties[neighbour] = ties.get(neighbour, 0) + 1
        ties.pop(vertex, None)
        if vertex == region[-1] and len(region) < size:
            outside = [other for other in ties if other not in inside]
            if not outside:
                break
            away = device.distances[region[0]]
            chosen = min(outside, key=lambda v: (-ties[v], away[v], v))
            region.append(chosen)
            inside[chosen] = None
    return tuple(region)
