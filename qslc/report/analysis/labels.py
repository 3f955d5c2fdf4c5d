"""Names beside points of a plot, none on top of another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from qslc.report.analysis.svg_plot import CARD, INK

_SIZE = 9
"""Of the font, in points; a letter is a little more than half as wide."""

_GAP, _ROW, _ROWS = 8, 9, 14
"""Points between a point and its name; from row to row of names; rows up and down."""

_BESIDE = -3
"""How much lower than its point a name stands that is right beside it."""


class Point(NamedTuple):
    """A point (x, y) in the units of the axes, its name, and the colour of a line to it."""

    x: float
    y: float
    name: str
    colour: str


class _Box(NamedTuple):
    left: float
    bottom: float
    width: float

    def overlaps(self, other: _Box) -> bool:
        apart = self.left > other.left + other.width or other.left > self.left + self.width
        return not apart and abs(self.bottom - other.bottom) < _SIZE

    def is_inside(self, left: float, bottom: float, right: float, top: float) -> bool:
        within = left <= self.left and self.left + self.width <= right
        return within and bottom <= self.bottom and self.bottom + _SIZE <= top


def label(axes: Any, points: Iterable[Point]) -> None:
    """Writes the names of points beside them, with a line where other names are between.

    The limits of the axes are final.
    """
    scale = 72 / axes.figure.dpi
    frame = (axes.bbox.extents * scale).tolist()
    placed = [
        (point, *(axes.transData.transform((point.x, point.y)) * scale).tolist())
        for point in sorted(points, key=lambda point: -point.y)
    ]
    taken = [_Box(x - 4, y - 4, 8) for _, x, y in placed]
    for point, x, y in placed:
        boxes = [box for box in _boxes(x, y, point.name) if box.is_inside(*frame)]
        free = (box for box in boxes if not any(map(box.overlaps, taken)))
        box = next(free, _Box(x + _GAP, y + _BESIDE, 0))
        taken.append(box)
        far = abs(box.bottom - y - _BESIDE) > _ROW / 2
        axes.annotate(
            point.name,
            (point.x, point.y),
            xytext=(box.left - x, box.bottom - y),
            textcoords="offset points",
            fontsize=_SIZE,
            color=INK,
            bbox={"facecolor": CARD, "edgecolor": "none", "pad": 0.4},
            arrowprops={"arrowstyle": "-", "color": point.colour, "linewidth": 0.6}
            if far
            else None,
            zorder=1.5,  # above the front, below the points
        )


def _boxes(x: float, y: float, name: str) -> Iterator[_Box]:
    """Where a name may stand, the nearest first: to the right, or to the left."""
    width = 0.56 * _SIZE * len(name)
    for row in range(_ROWS):
        for down in (row, -row)[: 1 + (row > 0)]:
            bottom = y + _BESIDE - down * _ROW
            yield _Box(x + _GAP, bottom, width)
            yield _Box(x - _GAP - width, bottom, width)
