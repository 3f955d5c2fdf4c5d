"""Matplotlib figures as inline SVG in the colours of the page, light or dark."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

INK, SOFT, RULE, CARD = "#1d2329", "#5e6872", "#e2e4e1", "#ffffff"
ACCENT, WARM, GOOD = "#2f5fb3", "#b4501e", "#1c7a4a"

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
"""The colours of a plot and the variables of the stylesheet that stand for them."""

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


def plot(
    name: str, title: str, draw: Callable[[Any], None], height: float = 3.2, width: float = 4.7
) -> str:
    """One SVG.

    Args:
        name: unique on the page.
        title: for those who cannot see it.
        draw: draws on matplotlib axes.
        height: in units of 72 pixels, like the width.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with mpl.rc_context(dict(_STYLE)):
        figure = Figure(figsize=(width, height), layout="constrained")
        draw(figure.add_subplot())
        out = io.StringIO()
        FigureCanvasSVG(figure).print_svg(out, metadata={"Date": None, "Creator": None})
    return _inlined(out.getvalue(), name, title)


def legend(axes: Any) -> None:
    """A legend above the axes, where it covers nothing."""
    handles, labels = axes.get_legend_handles_labels()
    longest = max(map(len, labels), default=0)
    columns = 2 if longest <= 32 else 1
    axes.figure.legend(handles, labels, loc="outside upper left", ncols=columns, columnspacing=1.2)


def _inlined(text: str, name: str, title: str) -> str:
    """The ``svg`` element alone: identifiers unique on the page, colours and fonts the page's."""
    svg = text[text.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
    svg = re.sub(r"#[0-9a-f]{6}\b", lambda found: _VARIABLES.get(found[0], found[0]), svg)
    svg = re.sub(r"(font: [\d.]+px) [^;\"]*", r"\1 var(--sans)", svg)
    label = f'<svg class="plot" role="img" aria-label="{title}"'
    return svg.replace("<svg", label, 1).strip()
