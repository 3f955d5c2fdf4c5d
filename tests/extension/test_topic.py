"""A topic of the analysis from outside: one entry of ``TOPICS`` goes the whole way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest
from rich.console import Console

import qslc
from qslc.analysis import analyze_to, choose_settings
from qslc.analyze.gradients import COMPARED
from qslc.analyze.initialization import INITIALIZATIONS, Initialization
from qslc.analyze.simulation import Array
from qslc.analyze.subject import Ensemble, Subject
from qslc.ir.program import Program
from qslc.report.analysis.gradients import LINES
from qslc.report.analysis.page import TOPICS, print_analysis, render_page
from qslc.report.analysis.topic import STARTS, Analysis, Figure, Topic
from qslc.report.sections import Section, Tile, Verdict, cite_arxiv
from tests.extension.stages import check_fields

SOURCE = cite_arxiv("Author 2026", "2601.00001")


def count_two_qubit_gates(subject: Subject) -> int:
    return sum(len(op.qubits) == 2 for op in subject.program.operations)


def show(analysis: Analysis) -> Section:
    return Section("Couplings", (f"There are {analysis['couplings']}.",), "Counted.", (SOURCE,))


def tile(analysis: Analysis) -> Iterator[Tile]:
    if analysis["couplings"]:
        text = "More than one pair."
        yield Tile("couplings", str(analysis["couplings"]), "", Verdict("fine", text))


COUPLINGS = Topic(
    "couplings",
    (Figure("couplings", count_two_qubit_gates),),
    show,
    "couplings",
    tile,
    ("Couplings: at least one, a rule of this test.",),
    (SOURCE,),
)


def analyze(folder: Path) -> dict[str, Any]:
    spec = qslc.sublayer("pair", qubits=2).no_encoder().layers(depth=1, entangler="cz").spec()
    asked = choose_settings(spec, samples=10, seed=0, width=None, ranks=None, max_qubits=4)
    return analyze_to(spec, folder, asked)


def test_it_is_computed_shown_and_judged(tmp_path: Path) -> None:
    with TOPICS.temporarily(COUPLINGS):
        found = analyze(tmp_path)
        console = Console(record=True, width=100)
        console.print(*print_analysis(found), sep="\n")
    assert json.loads((tmp_path / "analysis.json").read_text())["couplings"] == 2
    page = (tmp_path / "analysis.html").read_text()
    for text in ("<h2>Couplings</h2>", "There are 2.", COUPLINGS.rules[0], SOURCE.url):
        assert text in page
    assert "couplings" in console.export_text()


def test_a_figure_of_states_is_left_out_for_many_qubits(tmp_path: Path) -> None:
    spec = qslc.sublayer("wide", qubits=13).angle().layers(depth=1, entangler=None).spec()
    asked = choose_settings(spec, samples=10, seed=0, width=None, ranks=None, max_qubits=4)
    states = replace(COUPLINGS, figures=(Figure("couplings", lambda _: 1 / 0, of_states=True),))
    with TOPICS.temporarily(states):
        assert analyze_to(spec, tmp_path, asked)["couplings"] is None


def test_two_figures_cannot_share_a_name(tmp_path: Path) -> None:
    taken = replace(COUPLINGS, figures=(Figure("weights", count_two_qubit_gates),))
    message = "already a figure 'weights'"
    with TOPICS.temporarily(taken), pytest.raises(ValueError, match=message):
        analyze(tmp_path)


def test_each_field_is_asked_for() -> None:
    check_fields(TOPICS, COUPLINGS)
    check_fields(INITIALIZATIONS, INITIALIZATIONS["uniform"])


@pytest.mark.slow
def test_a_topic_whose_figure_was_not_made_raises(tmp_path: Path) -> None:
    """A page asks for each key that its topics show."""
    found = analyze(tmp_path)
    with TOPICS.temporarily(COUPLINGS), pytest.raises(KeyError, match="couplings"):
        render_page(found)


@pytest.mark.slow
def test_an_initialization_from_outside_is_compared(tmp_path: Path) -> None:
    def fill(program: Program, count: int, _: np.random.Generator) -> Array:
        return np.full((count, len(program.weights)), 0.5)

    with INITIALIZATIONS.temporarily(Initialization("halves", "all angles 1/2", fill)):
        found = analyze(tmp_path)
    assert "halves" in found["initialisation"]["scores"]
    assert "halves: all angles 1/2" in (tmp_path / "analysis.html").read_text()


def test_pages_know_every_start_and_every_compared_initialization() -> None:
    assert tuple(STARTS) == get_args(Ensemble)
    assert tuple(LINES) == COMPARED
    assert set(COMPARED) <= set(INITIALIZATIONS)
