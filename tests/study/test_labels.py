"""Names beside points."""

from __future__ import annotations

from itertools import pairwise

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from qslc_study.page.labels import label


@pytest.mark.parametrize("count", [1, 2, 6])
def test_names_of_one_place_do_not_overlap_and_keep_their_order(count):
    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(0, 10))
    points = [(5.0, 5.0 + 0.01 * i, f"name_{i}") for i in range(count)]
    label(axes, points)
    renderer = FigureCanvasAgg(figure).get_renderer()
    boxes = {text.get_text(): text.get_window_extent(renderer) for text in axes.texts}
    names = [name for _, _, name in points]
    for below, above in pairwise(names):
        assert boxes[below].y0 + 8 < boxes[above].y0


def test_names_far_apart_stand_beside_their_points():
    axes = Figure(figsize=(6, 4)).subplots()
    axes.set(xlim=(0, 10), ylim=(0, 10))
    label(axes, [(1, 1, "a"), (8, 8, "b")])
    assert len({text.get_position() for text in axes.texts}) == 1
