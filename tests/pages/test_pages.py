"""Every page can be read at each width and on paper: nothing overlaps, is cut or scrolls."""

from __future__ import annotations

import pytest

from qslc.report.analysis.page import render_page
from qslc.report.compilation.views import render_html
from qslc_study.page.view import render_html as study_html
from tests.pages.conftest import PAPERS, SCREENS
from tests.pages.page_cases import SPECS, analyzed, compiled, study


def check(flaws, page: str) -> None:
    found = {f"{width} px": flaws(page, width) for width in SCREENS}
    found |= {paper: flaws(page, width, "print") for paper, width in PAPERS.items()}
    assert {where: each for where, each in found.items() if each} == {}


@pytest.mark.parametrize("name", SPECS)
def test_reports(flaws, name):
    check(flaws, render_html(compiled(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["observables", "wide", "tiny"])
def test_analyses(flaws, name):
    check(flaws, render_page(analyzed(name)))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["e2e_study", "e2e_budgets"])
def test_studies(flaws, name):
    check(flaws, study_html(study(name)))
