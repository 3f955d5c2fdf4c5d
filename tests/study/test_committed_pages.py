"""The committed studies show what their numbers are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from qslc_study.page.__main__ import render
from qslc_study.page.table import render_csv
from qslc_study.page.view import render_markdown

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["e2e_study", "e2e_budgets"])
def test_committed_pages_are_made_by_this_code(name):
    folder = DOCS / name
    found = json.loads((folder / "study.json").read_text(encoding="utf-8"))
    assert render_markdown(found) == (folder / "study.md").read_text(encoding="utf-8")
    assert render_csv(found) == (folder / "study.csv").read_text(encoding="utf-8")


def test_pages_are_rendered_again(tmp_path, monkeypatch):
    monkeypatch.setattr("qslc_study.page.plots.draw_plot", lambda *_: "<svg></svg>")
    numbers = DOCS / "e2e_budgets" / "study.json"
    (tmp_path / "study.json").write_text(numbers.read_text(encoding="utf-8"), encoding="utf-8")
    render(tmp_path)
    assert (tmp_path / "study.md").read_text(encoding="utf-8").startswith("# Study: e2e")
    assert "<h1>e2e_budgets</h1>" in (tmp_path / "study.html").read_text(encoding="utf-8")
