"""Where one qubit has to walk on a device to meet all others, or a neighbour of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import rustworkx as rx

from qslc.lower.placement.graph import Graph
from qslc.lower.placement.spine import Path, Score, paths

_TRIED = 16
"""Of the paths of a length, those for which feet are looked for."""


@dataclass(frozen=True, slots=True)
class Walk:
    """Where the centre of fan-outs walks, and where the leaves are.

    Args:
        path: the vertices on which the centre is in a block, in this order or the other.
        legs: the neighbours met at each of them.
        feet: the foot of each leg that has one: another neighbour, which only the leg meets.
    """

    path: Path
    legs: tuple[tuple[int, ...], ...]
    feet: Mapping[int, int]

    @property
    def places(self) -> tuple[int, ...]:
        """The first place of the centre, then those of the leaves."""
        return (*self.path, *(leg for legs in self.legs for leg in legs), *self.feet.values())

    def surplus(self, blocks: int) -> int:
        """Gates beyond one for each leaf and block: a step costs one a block, a foot one in all."""
        return blocks * (len(self.path) - 1) + len(self.feet)


def shortest_walk(device: Graph, size: int, blocks: int) -> Walk | None:
    """The walk with ``size`` places that costs the fewest gates, if one is found.

    Args:
        device: whose couplers may be used.
        size: how many places, the centre's included.
        blocks: how many fan-outs there are.
    """
    best: Walk | None = None
    for steps, ranked in enumerate(paths(device, _reach(device))):
        if best and steps * blocks >= best.surplus(blocks):
            break
        found = (_walk(path, device, size) for path, _ in ranked[:_TRIED])
        walks = [walk for walk in (best, *found) if walk]
        best = min(walks, key=lambda walk: walk.surplus(blocks), default=None)
    return best


def _reach(device: Graph) -> Score:
    """How many places a path has at most, with its legs and a foot for each of them."""
    around = [sum(1 << w for w in neighbours) for neighbours in device.neighbours]

    def reach(path: Path, seen: int) -> int:
        legs = seen.bit_count() - len(path)
        further = sum(1 << v for v in range(device.size) if around[v] & seen and not seen >> v & 1)
        return seen.bit_count() + min(legs, further.bit_count())

    return reach


def _walk(path: Path, device: Graph, size: int) -> Walk | None:
    """The walk along a path, with as few feet as that many places need."""
    met: dict[int, int] = {}
    for here in path:
        for leg in device.neighbours[here]:
            if leg not in path:
                met.setdefault(leg, here)
    missing = size - len(path) - len(met)
    feet = _feet(met, {*path, *met}, device) if missing > 0 else {}
    if size < len(path) or len(feet) < missing:
        return None
    kept = list(met)[: size - len(path)]
    legs = tuple(tuple(leg for leg in kept if met[leg] == here) for here in path)
    return Walk(path, legs, dict(list(feet.items())[: max(0, missing)]))


def _feet(legs: Iterable[int], taken: set[int], device: Graph) -> dict[int, int]:
    """Feet for as many legs as can have one of their own: a maximum matching."""
    legs = {*legs}
    graph = rx.PyGraph()
    graph.add_nodes_from(range(device.size))
    graph.add_edges_from_no_data(
        [(leg, v) for leg in legs for v in device.neighbours[leg] if v not in taken]
    )
    matched = rx.max_weight_matching(graph, max_cardinality=True)
    return dict(sorted(pair if pair[0] in legs else pair[::-1] for pair in matched))
