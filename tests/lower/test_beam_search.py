from __future__ import annotations

import numpy as np
import pytest

from qslc.lower.placement import cheapest_embedding as beam_search
from qslc.lower.placement.cheapest_embedding import Costs, find_cheapest_embedding
from qslc.lower.placement.embedding import find_embedding
from qslc.lower.placement.graph import Graph
from qslc.spec.devices import GridDevice, build_device

GRID = build_device(GridDevice(grid=(4, 4)), 1)
HOST = Graph(16, GRID.edges)
RING = Graph(12, ((0, 11), *((i, i + 1) for i in range(11))))


def costs(seed: int) -> Costs:
    rng = np.random.default_rng(seed)
    edge = np.full((16, 16), np.inf)
    for a, b in HOST.edges:
        edge[a, b] = edge[b, a] = rng.uniform()
    weight = {pair: k + 1 for k, pair in enumerate(RING.edges)}
    return Costs(rng.uniform(size=(12, 16)), weight, edge)


def total(places: tuple[int, ...], chosen: Costs) -> float:
    alone = sum(chosen.vertex[vertex, place] for vertex, place in enumerate(places))
    return alone + sum(chosen.of_edge(a, b)[places[a], places[b]] for a, b in RING.edges)


@pytest.mark.parametrize("width", [1, 2, 4, 8])
@pytest.mark.parametrize("seed", range(4))
def test_however_narrow_it_is_never_worse(width, seed, monkeypatch):
    # A ring on a grid closes for few of the partial placements that a narrow beam keeps.
    monkeypatch.setattr(beam_search, "_WIDEST", width)
    monkeypatch.setattr(beam_search, "_NARROWEST", width)
    first, chosen = find_embedding(RING, HOST, 0), costs(seed)
    places = find_cheapest_embedding(RING, HOST, chosen, first)
    assert len({*places}) == 12
    assert total(places, chosen) <= total(first, chosen) < np.inf


def test_a_wide_beam_finds_better_places():
    first, chosen = find_embedding(RING, HOST, 0), costs(0)
    best = find_cheapest_embedding(RING, HOST, chosen, first)
    assert total(best, chosen) < 0.9 * total(first, chosen)
