"""Show how the layer's angles should start."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from qslc.analyze.initialization import INITIALIZATIONS
from qslc.analyze.trainability import compute_initialization
from qslc.report.analysis.topic import GRANT, MCCLEAN, STARTS, ZHANG, Analysis, Figure, Topic
from qslc.report.numbers import format_number
from qslc.report.plots import SOFT, draw_legend, draw_plot, scale_logarithmically
from qslc.report.sections import Section, Table, Tile, Verdict


def show_initial_angles(analysis: Analysis) -> Section:
    """Make the section on initial angles."""
    found = analysis["initialisation"]
    ensembles = " and ".join(STARTS[each].name for each in found["scored_on"])
    ways = "; ".join(f"{name}: {way.about}" for name, way in INITIALIZATIONS.items())
    return Section(
        "Initial angles",
        (_recommend(found), _explain_pairs(found["pairs"])),
        "Mean squares of derivatives, over observables and angles not proven dead, and the "
        "variance of outputs over inputs, which is what a linear map behind the circuit learns "
        f"from first. The score is an initialization's weakest figure on {ensembles}, relative to "
        "the best in that column; a gradient counts as 0 where some derivatives vanish altogether, "
        f"as said in brackets. The layer's own, {found['default']}, is kept where it has 90 % of "
        f"the best score. {ways[:1].upper()}{ways[1:]}.",
        (ZHANG, GRANT, MCCLEAN),
        (_tabulate(found),),
        (plot_initial_gradients(found),),
    )


def list_initial_angles_tiles(analysis: Analysis) -> Iterator[Tile]:
    """Yield the recommended initialization."""
    found = analysis["initialisation"]
    best = found["recommended"]
    verdict = judge_initial_angles(best, found["argument"])
    yield Tile("initial angles", best, f"score {found['scores'][best]:.2f} of 1", verdict)


def judge_initial_angles(recommended: str, argument: str) -> Verdict:
    """Judge the initial angles that score best.

    Args:
        recommended: Name of the initialization.
        argument: Argument of the layer for it; "" where it is the default.
    """
    if not argument:
        return Verdict("fine", "The layer's own start is as good as any here.")
    better = f"{recommended[:1].upper()}{recommended[1:]} angles start better than the layer's own"
    return Verdict("change", f"{better}: give the layer {argument}.")


def plot_initial_gradients(found: Mapping[str, Any]) -> str:
    """Plot squared gradients against the deviation of normal angles."""

    uniform = {
        row["ensemble"]: row["squared_gradient"]
        for row in found["rows"]
        if row["initialisation"] == "uniform"
    }

    def draw(axes: Any) -> None:
        for each in found["sweeps"]:
            name, color = STARTS[each["ensemble"]]
            axes.plot(
                found["deviations"],
                each["squared_gradients"],
                color=color,
                marker="o",
                label=f"{name}, normal",
            )
            level = uniform[each["ensemble"]]
            axes.axhline(level, color=color, linestyle=":", label=f"{name}, uniform")
        deviation, label = found["scaled_deviation"], "scaled normal (layer)"
        axes.axvline(deviation, color=SOFT, linewidth=1.2, label=label)
        axes.set_xscale("log")
        scale_logarithmically(axes, base=10)
        axes.set(xlabel="standard deviation of the angles / rad", ylabel="mean squared derivative")
        draw_legend(axes)

    return draw_plot("initial-gradients", "Gradients against the spread of initial angles", draw)


def _recommend(found: Mapping[str, Any]) -> str:
    """Say what to start with, and what to write for it."""
    start = f"Recommended by these figures: {found['recommended']}"
    if not found["argument"]:
        return f"{start}, with which the layer starts of itself."
    code = f"insert(model, layer, {found['argument']})"
    if not INITIALIZATIONS[found["recommended"]].exact:
        return f"{start}, to which this comes close enough: {code}."
    return f"{start}: {code}."


def _explain_pairs(pairs: int) -> str:
    if pairs:
        return f"Block identity: {pairs} pairs of rotations start as each other's inverse."
    return (
        "Block identity is the same as zeros here: the entanglers turn the axes so that no two "
        "rotations undo each other."
    )


def _tabulate(found: Mapping[str, Any]) -> Table:
    cells = {(row["ensemble"], row["initialisation"]): row for row in found["rows"]}
    ensembles = list(dict.fromkeys(ensemble for ensemble, _ in cells))
    varying = [ensemble for ensemble in ensembles if ensemble != "zero"]
    rows = tuple(
        (
            name,
            f"{score:.2f}",
            *(_format_gradient(cells[each, name]) for each in ensembles),
            *(format_number(cells[each, name]["output_variance"]) for each in varying),
        )
        for name, score in found["scores"].items()
    )
    gradients = (f"gradient², {STARTS[each].name}" for each in ensembles)
    variances = (f"output variance, {STARTS[each].name}" for each in varying)
    return Table(("angles", "score", *gradients, *variances), rows)


def _format_gradient(row: Mapping[str, Any]) -> str:
    """Write the mean square, and the part of the angles by which all derivatives vanish."""
    still = f" ({100 * row['still']:.0f} % vanish)" if row["still"] else ""
    return format_number(row["squared_gradient"]) + still


TOPICS = (
    Topic(
        "initial angles",
        (Figure("initialisation", compute_initialization, of_states=True),),
        show_initial_angles,
        "initialisation",
        list_initial_angles_tiles,
        ("Initial angles: the layer's own, unless others have a better score.",),
    ),
)
