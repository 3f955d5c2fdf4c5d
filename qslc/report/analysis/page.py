"""The analysis as one HTML file that loads nothing, from its JSON alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from qslc.report.analysis import plots
from qslc.report.analysis import references as ref
from qslc.report.analysis.references import Reference
from qslc.report.analysis.section import Section
from qslc.report.analysis.sections import sections
from qslc.report.analysis.tiles import Tile, in_short, tiles
from qslc.report.analysis.verdicts import RULES
from qslc.report.compilation.numbers import counted
from qslc.templates import environment


@dataclass(frozen=True, slots=True)
class Shown:
    """A section with its plots drawn."""

    section: Section
    plots: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """What ``analysis.html.jinja`` shows."""

    name: str
    digest: str
    facts: tuple[tuple[str, str], ...]
    short: str
    tiles: tuple[Tile, ...]
    rules: tuple[str, ...]
    sources: tuple[Reference, ...]
    sections: tuple[Shown, ...]
    skipped: tuple[str, ...]
    version: str


def page(analysis: Mapping[str, Any]) -> str:
    """The page. Text from the input is escaped."""
    found = tiles(analysis)
    view = Page(
        name=analysis["name"],
        digest=analysis["digest"],
        facts=_facts(analysis),
        short=in_short(found),
        tiles=found,
        rules=RULES,
        sources=(ref.SIM, ref.HUBREGTSEN, ref.MCCLEAN, ref.ABBAS, ref.HU),
        sections=tuple(
            Shown(section, tuple(_drawn(analysis, name) for name in section.plots))
            for section in sections(analysis)
        ),
        skipped=tuple(analysis["skipped"]),
        version=analysis["qslc"],
    )
    return environment().get_template("analysis.html.jinja").render(view=view)


def _facts(analysis: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    circuit, settings = analysis["circuit"], analysis["settings"]
    return (
        ("qubits", str(circuit["qubits"])),
        ("layers", str(circuit["layers"])),
        ("encoder", circuit["encoder"]),
        ("weights", str(circuit["weights"])),
        ("measured", counted(len(circuit["observables"]), "observable")),
        ("samples", f"{settings['samples']:,} at most"),
        ("seed", str(settings["seed"])),
    )


def _drawn(analysis: Mapping[str, Any], name: str) -> Markup:
    drawings = {
        "fidelities": lambda: plots.fidelities(analysis["expressibility"]),
        "variances-qubits": lambda: plots.variances(analysis["curves"], "qubits"),
        "variances-layers": lambda: plots.variances(analysis["curves"], "layers"),
        "by-observable": lambda: plots.by_observable(
            analysis["gradients"], analysis["circuit"]["observables"]
        ),
        "spectrum": lambda: plots.spectrum(analysis["weights"]),
        "initial-gradients": lambda: plots.initial_gradients(analysis["initialisation"]),
        "costs": lambda: plots.costs(analysis["operations"]),
    }
    return Markup(drawings[name]())  # noqa: S704 - matplotlib escapes every text in a plot
