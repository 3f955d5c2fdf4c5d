"""The notebooks run from top to bottom, and hold nothing of the machine that wrote them."""

from __future__ import annotations

import json
import re

import pytest

from tests.docs.pages import ROOT

pytest.importorskip("nbclient")
nbformat = pytest.importorskip("nbformat")

from tests.docs.notebooks import NOTEBOOKS, keep_outputs, run_notebook  # noqa: E402


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.mark.slow
def test_a_notebook_runs(path, tmp_path, monkeypatch):
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    keep_outputs(path, run_notebook(path, tmp_path))


def test_a_notebook_opens_with_one_install_and_holds_no_outputs(path):
    notebook = nbformat.read(path, as_version=4)
    nbformat.validate(notebook)
    title, install, *rest = notebook.cells
    assert title.source.startswith("# ")
    assert re.fullmatch(r'%pip install -q "qslc\[\w+\]"( \w+)*', install.source)
    assert install.metadata["tags"] == ["skip-execution"]
    for cell in rest:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None
        assert not cell.metadata.get("tags")
        assert "pip install" not in cell.source


def test_a_notebook_names_no_place_of_a_machine(path):
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.:/])/(home|root|tmp|usr|work|content|Users)\b", text)
    for target in re.findall(r"\]\(([^):#]+)", "".join(_list_prose(text))):
        assert (path.parent / target).exists(), target


def _list_prose(text):
    return ["".join(c["source"]) for c in json.loads(text)["cells"] if c["cell_type"] == "markdown"]


def test_the_notebooks_are_the_tutorials_of_the_site():
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    assert NOTEBOOKS
    for path in NOTEBOOKS:
        assert f"examples/notebooks/{path.stem}.md" in text
