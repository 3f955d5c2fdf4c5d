"""Show what the layer costs beside LoRA."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qslc.analyze.operations import compute_operations
from qslc.report.analysis.topic import HU, Analysis, Figure, Topic
from qslc.report.numbers import format_number
from qslc.report.plots import ACCENT, WARM, Point, draw_plot, label_points
from qslc.report.sections import Section, Table, Tile, Verdict


def show_cost(analysis: Analysis) -> Section:
    """Make the section on cost."""
    found = analysis["operations"]
    rows = tuple(
        (row["method"], f"{row['parameters']:,}", f"{row['multiply_adds']:,}")
        for row in found["rows"]
    )
    return Section(
        "Cost against LoRA",
        (f"For one projection of a model {found['width']:,} wide.",),
        "Multiply-adds of one token, forward, as the native engine's schedule predicts them, with "
        "the projection before and the linear map behind the circuit. Fixed map: a fixed linear "
        "map behind one trained gain for each output.",
        (HU,),
        (Table(("method", "trainable parameters", "multiply-adds per token"), rows),),
        (plot_costs(found),),
    )


def list_cost_tiles(analysis: Analysis) -> Iterator[Tile]:
    """Yield the multiply-adds of a token."""
    row, width = analysis["operations"]["rows"][0], analysis["operations"]["width"]
    note = f"per token; {row['parameters']:,} parameters, {width:,} wide"
    verdict = judge_cost(row["multiply_adds"], width)
    yield Tile("multiply-adds", f"{row['multiply_adds']:,}", note, verdict)


def judge_cost(multiply_adds: float, width: int) -> Verdict:
    """Judge the multiply-adds of a token beside those of the frozen projection."""
    share = multiply_adds / width**2
    if share <= 1:
        percent = format_number(100 * share)
        return Verdict("fine", f"{percent} % of what the projection itself costs.")
    text = (
        f"{format_number(share)} times what a projection {width:,} wide itself costs: say --width "
        "if your model is wider, or use fewer qubits or layers."
    )
    return Verdict("change", text)


def plot_costs(operations: Mapping[str, Any]) -> str:
    """Plot multiply-adds against parameters."""

    def draw(axes: Any) -> None:
        points = []
        for row in operations["rows"]:
            quantum = row["method"].startswith("quantum")
            x, y = row["parameters"], row["multiply_adds"]
            color = WARM if quantum else ACCENT
            axes.plot(x, y, marker="D" if quantum else "o", color=color, linestyle="none")
            points.append(Point(x, y, row["method"].replace("quantum sublayer, ", ""), color))
        axes.set(xscale="log", yscale="log")
        axes.set(xlabel="trainable parameters", ylabel="multiply-adds per token")
        axes.margins(x=0.3, y=0.25)
        axes.autoscale_view()
        label_points(axes, points)

    return draw_plot("costs", "Multiply-adds and parameters, against LoRA", draw)


TOPICS = (
    Topic(
        "cost",
        (Figure("operations", compute_operations),),
        show_cost,
        "operations",
        list_cost_tiles,
        ("Cost: at most what the frozen projection itself costs, width² multiply-adds.",),
        (HU,),
    ),
)
