"""Every page can be read at each width and on paper: nothing overlaps, is cut or scrolls."""

from __future__ import annotations

import pytest

from qslc.emit.report.views import html
from tests.pages.conftest import PAPERS, SCREENS
from tests.pages.page_cases import SPECS, compiled


def check(flaws, page: str) -> None:
    found = {f"{width} px": flaws(page, width) for width in SCREENS}
    found |= {paper: flaws(page, width, "print") for paper, width in PAPERS.items()}
    assert {where: each for where, each in found.items() if each} == {}


@pytest.mark.parametrize("name", SPECS)
def test_reports(flaws, name):
    check(flaws, html(compiled(name)))
