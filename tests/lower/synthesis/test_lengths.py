from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qslc.lower.placement.graph import Graph
from qslc.lower.synthesis.cuts import find_cuts
from qslc.lower.synthesis.lengths import (
    Measure,
    compute_length,
    compute_lengths_after,
    compute_lengths_after_cnots,
)
from qslc.lower.synthesis.moves import CNOTS, DIAGONAL, EVERY
from tests.lower.synthesis.samples import complete, connected, grid, line, ring, trees
from tests.lower.synthesis.slow_lengths import Axis, as_bits, length, moved, steiner

GRAPHS = connected() | st.sampled_from([ring(5), ring(7), complete(5), grid(2, 4), line(7)])
MEASURES = st.builds(Measure, *[st.sampled_from([0.0, 0.3, 0.7, 1.0])] * 2)


@st.composite
def frames(draw, graph: Graph):
    """Two frames of two words: the first with strings up to the last bit, some of them empty."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    density = draw(st.sampled_from([0.1, 0.4, 0.9]))

    def axis():
        on = np.flatnonzero(rng.uniform(size=graph.size) < density)
        return {int(vertex): str(rng.choice(list("XYZ"))) for vertex in on}

    return [[[axis() for _ in range(size)] for size in (64, 3)] for _ in range(2)]


def summed(axes, found, measure) -> float:
    return sum(length(set(axis), found, measure) for axis in axes)


@settings(max_examples=80)
@given(st.data(), GRAPHS, MEASURES)
def test_the_length_is_that_of_the_formula(data, graph, measure):
    drawn, found = data.draw(frames(graph)), find_cuts(graph)
    wanted = [[summed(axes, found, measure) for axes in words] for words in drawn]
    x, z = as_bits(drawn, graph.size)
    got = compute_length(x | z, found, measure)
    np.testing.assert_allclose(got, wanted, atol=1e-9)


def summed_after(drawn, near, letters, length_of) -> list:
    """(frames, couplers, kinds, words): of the strings of each word after each move."""
    couplers = list(zip(near.a.tolist(), near.b.tolist(), strict=True))
    return [
        [
            [
                [sum(length_of(moved(axis, a, b, pair)) for axis in axes) for axes in words]
                for pair in letters
            ]
            for a, b in couplers
        ]
        for words in drawn
    ]


def parts(axis: Axis) -> tuple[set[int], set[int]]:
    """The vertices of X or Y, and those of Z or Y."""
    return {v for v in axis if axis[v] != "Z"}, {v for v in axis if axis[v] != "X"}


@settings(max_examples=50)
@given(st.data(), GRAPHS, MEASURES, st.sampled_from([CNOTS, DIAGONAL, EVERY]))
def test_lengths_after_moves_are_those_of_the_moved_strings(data, graph, measure, letters):
    drawn, found = data.draw(frames(graph)), find_cuts(graph)
    near = found.select_near(np.arange(graph.size) == data.draw(st.integers(0, graph.size - 1)))
    wanted = summed_after(drawn, near, letters, lambda axis: length(set(axis), found, measure))
    got = compute_lengths_after(*as_bits(drawn, graph.size), near, letters, measure)
    np.testing.assert_allclose(got, wanted, atol=1e-9)


@settings(max_examples=50)
@given(st.data(), GRAPHS, MEASURES)
def test_after_cnots_x_and_z_count_each_for_itself(data, graph, measure):
    drawn, found = data.draw(frames(graph)), find_cuts(graph)
    near = found.select_near(np.arange(graph.size) == data.draw(st.integers(0, graph.size - 1)))

    def apart(axis: Axis) -> float:
        return sum(length(part, found, measure) for part in parts(axis))

    got = compute_lengths_after_cnots(*as_bits(drawn, graph.size), near, measure)
    np.testing.assert_allclose(got, summed_after(drawn, near, CNOTS, apart), atol=1e-9)


@settings(max_examples=40)
@given(trees(most=7), st.data())
def test_on_a_tree_a_string_is_as_long_as_gathering_it_takes(graph, data):
    """A CNOT for each edge of its Steiner tree, and one more for each vertex that it lacks."""
    vertices = data.draw(st.sets(st.integers(0, graph.size - 1), min_size=1))
    support = as_bits([[[dict.fromkeys(vertices, "Z")]]], graph.size)[1]
    edges = steiner(vertices, graph)
    got = compute_length(support, find_cuts(graph), Measure(holes=1.0))[0, 0]
    assert got == pytest.approx(edges + (edges + 1 - len(vertices)))
