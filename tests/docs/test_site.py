"""The documentation site is built, without a warning, and holds what users look for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import pytest

import qslc
from tests.docs.pages import PAGES, ROOT

pytest.importorskip("mkdocs")
pytestmark = pytest.mark.slow

_PACKAGES = ("engines", "methods", "mitigation", "preparation", "sampling")


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site, built as ``make docs`` builds it."""
    folder = tmp_path_factory.mktemp("site")
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return folder


def test_every_page_is_there_and_found_by_the_search(site):
    index = json.loads((site / "search" / "search_index.json").read_text(encoding="utf-8"))
    found = {entry["location"] for entry in index["docs"]}
    for page in PAGES:
        if page.parent == ROOT / "benchmarks" and page.name != "README.md":
            continue
        name = page.relative_to(ROOT).with_suffix("").as_posix()
        assert re.sub(r"(^|/)README$", r"\1", name).strip("/") in {at.strip("/") for at in found}


def test_every_public_name_has_an_entry(site):
    import qslc_runtime

    folder = site / "docs" / "reference"
    text = "".join(page.read_text(encoding="utf-8") for page in folder.rglob("*.html"))
    entries = {name.rpartition(".")[2] for name in re.findall(r'<h\d id="([\w.]+)"', text)}
    packages = [getattr(qslc_runtime, name) for name in _PACKAGES]
    for package in (qslc, qslc_runtime, *packages):
        assert set(package.__all__) - {"ENGINES"} <= entries, package.__name__


def test_docstrings_are_read(site):
    text = (site / "docs" / "reference" / "runtime" / "index.html").read_text(encoding="utf-8")
    assert "Call arguments:" in text
    assert "<p>Example:" not in text
    assert "&gt;&gt;&gt;" in text


def test_commands_have_their_options(site):
    page = site / "docs" / "reference" / "command_line" / "index.html"
    text = page.read_text(encoding="utf-8")
    assert "qslc verdict" in text
    assert "--no-measure" in text


def test_nothing_is_loaded_from_elsewhere(site):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        loaded = re.findall(r'<(?:script|img|iframe)[^>]* src="?(https?:[^" >]*)', text)
        loaded += re.findall(r'<link[^>]* href="?(https?:[^" >]*)', text)
        assert not loaded, page
