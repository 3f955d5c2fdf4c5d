"""Names beside points of a plot, none on top of another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from qslc.emit.analysis.svg_plot import CARD, SOFT

_SIZE = 8.5
"""Of the font, in points; a letter is a little more than half as wide."""

_OFFSETS = (-3, -12, -21, -30, -39, -48, 6, 15, 24, 33)
"""How far above a point its name may stand, in points, the best first. The highest point comes
first, so that names of one place stand in the order of their points."""


class _Box(NamedTuple):
    left: float
    bottom: float
    width: float

    def overlaps(self, other: _Box) -> bool:
        apart = self.left > other.left + other.width or other.left > self.left + self.width
        return not apart and abs(self.bottom - other.bottom) < _SIZE


def label(axes: Any, points: Iterable[tuple[float, float, str]]) -> None:
    """Writes the names of points (x, y, name) to their right. The limits of the axes are final."""
    scale = 72 / axes.figure.dpi
    taken: list[_Box] = []
    for x, y, name in sorted(points, key=lambda point: -point[1]):
        left, bottom = axes.transData.transform((x, y)) * scale
        boxes = [_Box(left, bottom + offset, 0.56 * _SIZE * len(name)) for offset in _OFFSETS]
        free = (i for i, box in enumerate(boxes) if not any(map(box.overlaps, taken)))
        chosen = next(free, 0)
        taken.append(boxes[chosen])
        axes.annotate(
            name,
            (x, y),
            xytext=(8, _OFFSETS[chosen]),
            textcoords="offset points",
            fontsize=_SIZE,
            color=SOFT,
            bbox={"facecolor": CARD, "edgecolor": "none", "pad": 0.4},
            zorder=1.5,  # above the front, below the points
        )
