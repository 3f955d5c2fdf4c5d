"""Show an analysis on a page that loads nothing, and in the terminal, from its JSON alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from qslc.registry import Registry
from qslc.report.analysis import cost, feature_map, gradients, initial_angles, states, weights
from qslc.report.analysis.topic import Analysis, Figure
from qslc.report.sections import Tile
from qslc.spec.wording import pluralize
from qslc.templates import mark_safe, render

TOPICS = Registry(
    "topic of an analysis",
    (
        *states.TOPICS,
        *gradients.TOPICS,
        *weights.TOPICS,
        *feature_map.TOPICS,
        *initial_angles.TOPICS,
        *cost.TOPICS,
    ),
)
"""What an analysis computes and shows, in the order of the page."""

_STYLES = {"fine": "green", "change": "yellow"}


def list_figures() -> dict[str, Figure]:
    """Return the figures of all topics by name.

    Raises:
        ValueError: Two figures have the same name.
    """
    figures = Registry("figure", (each for topic in TOPICS.values() for each in topic.figures))
    return dict(figures)


def render_page(analysis: Analysis) -> str:
    """Render the page. Text from the input is escaped."""
    tiles, topics = list_tiles(analysis), TOPICS.values()
    return render(
        "analysis.html.jinja",
        name=analysis["name"],
        digest=analysis["digest"],
        facts=_list_facts(analysis),
        summary=summarize(tiles),
        tiles=tiles,
        rules=[rule for topic in topics for rule in topic.rules],
        sources=dict.fromkeys(each for topic in topics for each in topic.sources),
        sections=[topic.make_section(analysis) for topic in topics if analysis[topic.shows]],
        skipped=analysis["skipped"],
        version=analysis["qslc"],
        mark_safe=mark_safe,
    )


def list_tiles(analysis: Analysis) -> tuple[Tile, ...]:
    """List the numbers worth seeing first, of the figures that were made."""
    shown = (topic for topic in TOPICS.values() if analysis[topic.shows])
    return tuple(tile for topic in shown for tile in topic.list_tiles(analysis))


def summarize(tiles: Sequence[Tile]) -> str:
    """Sum up the verdicts: "8 of 9 figures are fine; change: initial angles."."""
    change = [tile.label for tile in tiles if tile.verdict.tone == "change"]
    fine = len(tiles) - len(change)
    if not change:
        return "The one figure is fine." if fine == 1 else f"All {fine} figures are fine."
    listed = ", ".join(dict.fromkeys(change))
    return f"{fine} of {len(tiles)} figures {'is' if fine == 1 else 'are'} fine; change: {listed}."


def print_analysis(analysis: Analysis) -> Iterator[RenderableType]:
    """Yield for the terminal the verdict on each figure, what to change, and what was left out."""
    circuit, tiles = analysis["circuit"], list_tiles(analysis)
    kind = f"{circuit['qubits']} qubits, {circuit['layers']} layers, {circuit['encoder']} encoder"
    yield Text(f"{analysis['name']}: {kind}", style="bold")
    yield Text(summarize(tiles))
    table = Table("", "", "", "", box=None, show_header=False)
    changes = []
    for tile in tiles:
        tone = tile.verdict.tone
        verdict = Text(tone, style=_STYLES[tone])
        table.add_row(verdict, Text(tile.label), Text(tile.value, style="bold"), Text(tile.note))
        if tone == "change":
            changes.append(Text.assemble((tile.label, "bold"), f": {tile.verdict.text}"))
    yield table
    yield from changes
    for reason in analysis["skipped"]:
        yield Text.assemble(("left out", "bold"), f": {reason}")


def _list_facts(analysis: Analysis) -> tuple[tuple[str, str], ...]:
    circuit, settings = analysis["circuit"], analysis["settings"]
    return (
        ("qubits", str(circuit["qubits"])),
        ("layers", str(circuit["layers"])),
        ("encoder", circuit["encoder"]),
        ("weights", str(circuit["weights"])),
        ("measured", pluralize(len(circuit["observables"]), "observable")),
        ("samples", f"{settings['samples']:,} at most"),
        ("seed", str(settings["seed"])),
    )
