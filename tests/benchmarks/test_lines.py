"""Results have a line for each case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks.depth.__main__ import RESULTS, TIMED, _read_known
from benchmarks.depth.suite import make_suite
from benchmarks.lines import write_lines


def test_an_item_to_a_line(tmp_path: Path) -> None:
    value = {"versions": {"a": "1"}, "cases": [{"name": "x"}, {"name": "é"}], "peers": []}
    write_lines(tmp_path / "a.json", value)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text) == value
    assert '\n{"name": "x"},\n' in text


@pytest.mark.parametrize("name", ["depth", "speed", "speed_gpu"])
def test_committed_results_are_written_so(tmp_path: Path, name: str) -> None:
    path = RESULTS / f"{name}.json"
    write_lines(tmp_path / "again.json", json.loads(path.read_text(encoding="utf-8")))
    assert (tmp_path / "again.json").read_bytes() == path.read_bytes()


def test_cached_results_of_the_peers_are_read() -> None:
    known = _read_known("cached")
    assert {line["case"] for line in known} == {case.name for case in make_suite()}
    assert TIMED not in {line["peer"] for line in known}
