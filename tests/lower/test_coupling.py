from __future__ import annotations

import pytest

from qslc.lower.placement.graph import Graph
from qslc.spec.devices import build_device


@pytest.mark.parametrize("name", ["ring", "rainbow", "line"])
def test_a_spanning_tree_has_the_distances_from_its_center(name):
    built = build_device(name, 9)
    whole = Graph(len(built.coordinates), built.edges)
    tree = whole.spanning_tree
    assert set(tree.edges) <= set(whole.edges)
    assert (len(tree.edges), len(tree.components)) == (whole.size - 1, 1)
    center = int(whole.distances.max(axis=1).argmin())
    assert (tree.distances[center] == whole.distances[center]).all()
