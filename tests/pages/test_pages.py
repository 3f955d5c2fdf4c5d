"""Every page can be read at each width and on paper: nothing overlaps, is cut or scrolls."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from qslc.report.analysis.page import render_page
from qslc.report.compilation.views import render_html
from qslc_study.command import study as run_study
from qslc_study.page.view import render_html as study_html
from tests.pages.conftest import PAPERS, SCREENS
from tests.pages.page_cases import SPECS, analyze, compile_report, summarize_study
from tests.study.fakes import STUDY, FakeWork, make_diverging_record, write_study


def check(flaws, page: str) -> None:
    found = {f"{width} px": flaws(page, width) for width in SCREENS}
    found |= {paper: flaws(page, width, "print") for paper, width in PAPERS.items()}
    assert {where: each for where, each in found.items() if each} == {}


@pytest.mark.parametrize("name", SPECS)
def test_reports(flaws, name):
    check(flaws, render_html(compile_report(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["observables", "wide", "tiny"])
def test_analyses(flaws, name):
    check(flaws, render_page(analyze(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["e2e_study", "e2e_budgets", "e2e_noise", "e2e_smollm2"])
def test_studies(flaws, name):
    check(flaws, study_html(summarize_study(name)))


@pytest.mark.slow
def test_a_study_with_little_to_show(flaws, tmp_path, monkeypatch):
    """One seed, a method that diverged, and no LoRA beside the sublayer."""
    monkeypatch.setattr("qslc_study.worker.work", FakeWork(make=make_diverging_record))
    lora = [line for line in STUDY.splitlines(keepends=True) if "method: lora" in line]
    text = STUDY.replace("seeds: [1, 2, 3, 4]", "seeds: [1]")
    for line in lora:
        text = text.replace(line, "")
    path = write_study(tmp_path, text)
    page = run_study(path, tmp_path / "out", None, 1, Console(file=io.StringIO()))
    check(flaws, page.read_text(encoding="utf-8"))
