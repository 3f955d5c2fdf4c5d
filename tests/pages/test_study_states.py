"""The page of a study with one seed, a method that diverged, and no LoRA beside the sublayer."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from qslc_study.command import study
from tests.pages.test_pages import check
from tests.study.fakes import STUDY, FakeWork, diverging_record, write_study


@pytest.mark.slow
def test_a_study_with_little_to_show(flaws, tmp_path, monkeypatch):
    monkeypatch.setattr("qslc_study.worker.work", FakeWork(make=diverging_record))
    lora = [line for line in STUDY.splitlines(keepends=True) if "method: lora" in line]
    text = STUDY.replace("seeds: [1, 2, 3, 4]", "seeds: [1]")
    for line in lora:
        text = text.replace(line, "")
    path = write_study(tmp_path, text)
    page = study(path, tmp_path / "out", None, 1, Console(file=io.StringIO()))
    check(flaws, page.read_text(encoding="utf-8"))
