"""Topics of an analysis: the figures that each computes, and how a page shows them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from qslc.analyze.subject import Ensemble, Subject
from qslc.report.plots import ACCENT, GOOD, WARM
from qslc.report.sections import Reference, Section, Tile, cite_arxiv

Analysis = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of an analysis.

    Args:
        name: Key in analysis.json.
        compute: Function from a subject to JSON values, None or an empty list where the figure does
            not apply.
        of_states: Whether it simulates the states of the circuit itself, and so is left out for
            circuits of many qubits.
    """

    name: str
    compute: Callable[[Subject], Any]
    of_states: bool = False


@dataclass(frozen=True, slots=True)
class Topic:
    """A section of the page, with all that it takes from the circuit to the verdict.

    Args:
        name: Name of the topic.
        figures: Figures that the section shows.
        make_section: Function from an analysis to the section.
        shows: Key of analysis.json without which the section and its tiles are left out.
        list_tiles: Function from an analysis to the tiles on top of the page.
        rules: The thresholds of the verdicts, in words.
        sources: Sources of the thresholds.
    """

    name: str
    figures: tuple[Figure, ...]
    make_section: Callable[[Analysis], Section]
    shows: str
    list_tiles: Callable[[Analysis], Iterable[Tile]] = lambda _: ()
    rules: tuple[str, ...] = ()
    sources: tuple[Reference, ...] = ()


class Start(NamedTuple):
    """Start state of a circuit: its name on the page and its color in a plot."""

    name: str
    color: str


STARTS: Mapping[Ensemble, Start] = MappingProxyType(
    {
        "zero": Start("|0…0⟩", WARM),
        "features": Start("random features", ACCENT),
        "given": Start("given features", GOOD),
    }
)
"""The ensembles of inputs as a page shows them."""

SIM = cite_arxiv("Sim, Johnson and Aspuru-Guzik 2019", "1905.10876")
MEYER = cite_arxiv("Meyer and Wallach 2002", "quant-ph/0108104")
MCCLEAN = cite_arxiv("McClean et al. 2018", "1803.11173")
CEREZO = cite_arxiv("Cerezo et al. 2021", "2001.00550")
JONES = cite_arxiv("Jones and Gacon 2020", "2009.02823")
ABBAS = cite_arxiv("Abbas et al. 2021", "2011.00027")
HAUG = cite_arxiv("Haug, Bharti and Kim 2021", "2102.01659")
GOTTESMAN = cite_arxiv("Gottesman 1998", "quant-ph/9807006")
SCHULD = cite_arxiv("Schuld 2021", "2101.11020")
HU = cite_arxiv("Hu et al. 2021", "2106.09685")
HUBREGTSEN = cite_arxiv("Hubregtsen et al. 2021", "2003.09887")
ZHANG = cite_arxiv("Zhang et al. 2022", "2203.09376")
GRANT = cite_arxiv("Grant et al. 2019", "1903.05076")
