"""Draw matplotlib figures as inline SVG in the colors of the page, light or dark."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

INK, SOFT, RULE, CARD = "#1d2329", "#5e6872", "#e2e4e1", "#ffffff"
ACCENT, WARM, GOOD = "#2f5fb3", "#b4501e", "#1c7a4a"

_SIZE = 9
"""Font size of a name, in points; a letter is a little more than half as wide."""

_HEIGHT = 8.99
"""Height of a name, in points: a little less than a row, so that rows do not touch."""

_GAP, _ROW, _ROWS = 8, 9, 14
"""Points between a point and its name; from row to row of names; rows up and down."""

_BESIDE = -3
"""How much lower than its point a name stands that is right beside it."""

_VARIABLES: Mapping[str, str] = MappingProxyType(
    {
        INK: "var(--ink)",
        SOFT: "var(--soft)",
        RULE: "var(--rule)",
        CARD: "var(--card)",
        ACCENT: "var(--accent)",
        WARM: "var(--bad)",
        GOOD: "var(--good)",
    }
)
"""Colors of a plot and the variables of the stylesheet that stand for them."""

_STYLE: Mapping[str, Any] = MappingProxyType(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "qslc",
        "font.size": 10,
        "text.color": INK,
        "axes.edgecolor": SOFT,
        "axes.labelcolor": SOFT,
        "axes.facecolor": "none",
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10,
        "axes.titlelocation": "left",
        "figure.facecolor": "none",
        "grid.color": RULE,
        "grid.linewidth": 0.8,
        "legend.frameon": False,
        "legend.handlelength": 2.8,
        "legend.fontsize": 9,
        "xtick.color": SOFT,
        "ytick.color": SOFT,
        "xtick.labelsize": 9,
        "ytick.labelsize": 9,
        "lines.linewidth": 1.8,
        "lines.markersize": 4.5,
    }
)


class Point(NamedTuple):
    """A point (x, y) in the units of the axes, its name, and the color of a line to it."""

    x: float
    y: float
    name: str
    color: str


def draw_plot(
    name: str, title: str, draw: Callable[[Any], None], height: float = 3.2, width: float = 4.7
) -> str:
    """Draw a plot as one SVG.

    Args:
        name: Name, unique on the page.
        title: Title for those who cannot see the plot.
        draw: Function that draws on matplotlib axes.
        height: Height in units of 72 pixels.
        width: Width in units of 72 pixels.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(dict(_STYLE)):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        out = io.StringIO()
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return _inline(out.getvalue(), name, title)


def draw_legend(axes: Any) -> None:
    """Draw a legend above the axes, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    longest = max(map(len, labels), default=0)
    columns = 2 if longest <= 32 else 1
    axes.figure.legend(handles, labels, loc="outside upper left", ncols=columns, columnspacing=1.2)


def scale_logarithmically(axes: Any, base: int) -> None:
    """Make the vertical axis logarithmic, if there is anything above 0 on it."""
    if any(max(line.get_ydata(), default=0) > 0 for line in axes.get_lines()):
        axes.set_yscale("log", base=base)


def label_points(axes: Any, points: Iterable[Point]) -> None:
    """Write the names of points beside them, with a line where other names are between.

    The limits of the axes are final.
    """
    from matplotlib.transforms import Bbox

    scale = 72 / axes.figure.dpi
    frame = Bbox(axes.bbox.get_points() * scale)
    placed = [
        (point, *(axes.transData.transform((point.x, point.y)) * scale).tolist())
        for point in sorted(points, key=lambda point: -point.y)
    ]
    taken = [Bbox.from_bounds(x - 4, y - 4, 8, _HEIGHT) for _, x, y in placed]
    for point, x, y in placed:
        boxes = [Bbox.from_bounds(*place, _HEIGHT) for place in _list_places(x, y, point.name)]
        inside = [box for box in boxes if frame.contains(*box.p0) and frame.contains(*box.p1)]
        free = (box for box in inside if not box.count_overlaps(taken))
        box = next(free, Bbox.from_bounds(x + _GAP, y + _BESIDE, 0, _HEIGHT))
        taken.append(box)
        far = abs(box.y0 - y - _BESIDE) > _ROW / 2
        axes.annotate(
            point.name,
            (point.x, point.y),
            xytext=(box.x0 - x, box.y0 - y),
            textcoords="offset points",
            fontsize=_SIZE,
            color=INK,
            bbox={"facecolor": CARD, "edgecolor": "none", "pad": 0.4},
            arrowprops={"arrowstyle": "-", "color": point.color, "linewidth": 0.6} if far else None,
            zorder=1.5,  # above the front, below the points
        )


def _list_places(x: float, y: float, name: str) -> Iterator[tuple[float, float, float]]:
    """Yield (left, bottom, width) where a name may stand, the nearest first: right, then left."""
    width = 0.56 * _SIZE * len(name)
    for row in range(_ROWS):
        for down in (row, -row)[: 1 + (row > 0)]:
            bottom = y + _BESIDE - down * _ROW
            yield x + _GAP, bottom, width
            yield x - _GAP - width, bottom, width


def _inline(text: str, name: str, title: str) -> str:
    """Cut out the ``svg`` element: identifiers unique on the page, colors and fonts the page's."""
    svg = text[text.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
    svg = re.sub(r"#[0-9a-f]{6}\b", lambda found: _VARIABLES.get(found[0], found[0]), svg)
    svg = re.sub(r"(font: [\d.]+px) [^;\"]*", r"\1 var(--sans)", svg)
    label = f'<svg class="plot" role="img" aria-label="{title}"'
    return svg.replace("<svg", label, 1).strip()
