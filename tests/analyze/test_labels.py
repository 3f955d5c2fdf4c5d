"""Names beside points."""

from __future__ import annotations

from itertools import combinations

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from qslc.report.plots import Point, label_points


@pytest.mark.parametrize("count", [1, 2, 6, 12])
def test_names_of_one_place_do_not_overlap_and_stay_inside(count):
    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.set(xlim=(0, 10), ylim=(0, 10))
    label_points(axes, [Point(5.0, 5.0 + 0.01 * i, f"name_{i}", "red") for i in range(count)])
    FigureCanvasAgg(figure).draw()
    boxes = [Text.get_window_extent(text) for text in axes.texts]
    assert len(boxes) == count
    for one, other in combinations(boxes, 2):
        assert not one.overlaps(other)
    assert all(axes.bbox.contains(*corner) for box in boxes for corner in (box.p0, box.p1))


def test_names_far_apart_stand_beside_their_points():
    axes = Figure(figsize=(6, 4)).subplots()
    axes.set(xlim=(0, 10), ylim=(0, 10))
    label_points(axes, [Point(1, 1, "a", "red"), Point(8, 8, "b", "blue")])
    assert len({text.get_position() for text in axes.texts}) == 1
