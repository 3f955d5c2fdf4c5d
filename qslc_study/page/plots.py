"""Draw the plots of a study from its summary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from qslc.report.plots import CARD, INK, RULE, SOFT, Point, draw_plot, label_points
from qslc_study.page import Json
from qslc_study.page.table import count_parameters, has_role
from qslc_study.results.measures import find_measure
from qslc_study.spec.methods import Role, find_method

_WIDE = (4.4, 9.6)
"""Height and width of a plot as wide as the page, in units of 72 pixels."""


def plot_quality(summary: Json, key: str, *, adapters: bool = False) -> str:
    """Draw a measure against trainable parameters; for the test loss with the Pareto front.

    Args:
        adapters: Whether to leave out methods that train the whole model.
    """
    what, styles = find_measure(key), assign_styles(summary["arms"])
    arms = list_measured(summary, key, adapters=adapters)
    arms.sort(key=count_parameters)

    def draw(axes: Any) -> None:
        if key == "test_loss":
            front = [arm for arm in arms if arm["name"] in summary["front"]]
            sizes, losses = map(count_parameters, front), [arm["measures"][key] for arm in front]
            style = {"color": SOFT, "linewidth": 1.1, "linestyle": "--", "zorder": 1}
            axes.step(list(sizes), [loss["mean"] for loss in losses], where="post", **style)
        points = []
        for arm in arms:
            estimate, color = arm["measures"][key], styles[arm["name"]].color
            x, y, half = count_parameters(arm), estimate["mean"], _halve_interval(estimate)
            axes.errorbar(x, y, yerr=half, color=color, marker="o", markersize=6, capsize=3)
            points.append(Point(x, y, arm["name"], color))
        axes.set(xscale="log", xlabel="trainable parameters", ylabel=what.name)
        axes.margins(x=0.12, y=0.12)
        low, high = axes.get_xlim()
        if high / low < 10:
            axes.set_xlim(low / 3, high * 3)  # a logarithmic axis with at least one label
        label_points(axes, points)

    title = f"{what.name[0].upper()}{what.name[1:]} against trainable parameters"
    return draw_plot(f"quality-{key}{'-adapters' * adapters}", title, draw, *_WIDE)


def draw_picture(summary: Json) -> str:
    """Draw the test loss against trainable parameters as an SVG file that stands alone."""
    adapters = list_measured(summary, "test_loss", adapters=True)
    svg = plot_quality(summary, "test_loss", adapters=bool(adapters))
    style = "background: #fff; --ink: {}; --soft: {}; --rule: {}; --card: {}; --sans: sans-serif"
    opening = f'<svg style="{style.format(INK, SOFT, RULE, CARD)}"'
    return re.sub(r"\s+", " ", svg).replace("<svg", opening, 1) + "\n"


def list_measured(summary: Json, key: str, *, adapters: bool = False) -> list[Json]:
    """Return the arms that have a measure; of the adapters alone, if asked for."""
    arms = [arm for arm in summary["arms"] if key in arm["measures"]]
    return [arm for arm in arms if not (adapters and has_role(arm, Role.WHOLE))]


def _halve_interval(estimate: Json) -> float | None:
    return None if estimate["high"] is None else estimate["high"] - estimate["mean"]


def plot_losses(summary: Json, part: str, over: str) -> str:
    """Draw the loss of every arm, with its interval over seeds as a band.

    Args:
        part: "train" or "validation".
        over: "steps" or "seconds".
    """
    names = {
        "steps": "steps",
        "seconds": "seconds of training",
        "train": "training loss",
        "validation": "validation loss",
    }
    styles = assign_styles(summary["arms"])

    def draw(axes: Any) -> None:
        for arm in summary["arms"]:
            if arm["curves"] is None:
                continue
            curve, (color, dash, _) = arm["curves"][part], styles[arm["name"]]
            if curve["low"][0] is not None:
                low, high = curve["low"], curve["high"]
                axes.fill_between(curve[over], low, high, color=color, alpha=0.18, linewidth=0)
            axes.plot(curve[over], curve["mean"], color=color, linestyle=dash, linewidth=1.6)
        axes.set(xlabel=names[over], ylabel=names[part])
        axes.margins(x=0.01)

    title = f"{names[part]} against {names[over]}"
    wide = (part, over) == ("validation", "steps")
    size = _WIDE if wide else (3.2, 4.7)
    return draw_plot(f"{part}-{over}", title[0].upper() + title[1:], draw, *size)


def plot_bars(summary: Json, key: str, label: str) -> str:
    """Draw a measure of cost as a bar for each arm."""
    styles = assign_styles(summary["arms"])
    arms = list_measured(summary, key)[::-1]

    def draw(axes: Any) -> None:
        for position, arm in enumerate(arms):
            estimate, color = arm["measures"][key], styles[arm["name"]].color
            bar = {"color": color, "xerr": _halve_interval(estimate), "ecolor": SOFT}
            axes.barh(position, estimate["mean"], height=0.62, **bar)
        axes.set_yticks(range(len(arms)), [arm["name"] for arm in arms])
        axes.grid(visible=False, axis="y")
        axes.set(xlabel=label, xlim=(0, None))

    return draw_plot(f"bars-{key}", label[0].upper() + label[1:], draw, 1.1 + 0.26 * len(arms))


class Style(NamedTuple):
    """The color of an arm, the dash of its line, and the border in CSS that looks like it."""

    color: str
    dash: str
    border: str


_DASHES = (("-", "solid"), ("--", "dashed"), (":", "dotted"), ("-.", "dashed"))


def assign_styles(arms: Sequence[Json]) -> dict[str, Style]:
    """Return the style of each arm by name: arms of a method differ in color, then in dash."""
    counts: Counter[str] = Counter()
    styles: dict[str, Style] = {}
    for arm in arms:
        colors, position = find_method(arm["method"]).colors, counts[arm["method"]]
        turn, shade = divmod(position, len(colors))
        styles[arm["name"]] = Style(colors[shade], *_DASHES[turn % len(_DASHES)])
        counts[arm["method"]] += 1
    return styles
