"""Committed results have a line for each case, and the committed tables follow from them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.depth.__main__ import TIMED, _read_known
from benchmarks.depth.qasm import Cost
from benchmarks.depth.scores import Best, Score
from benchmarks.depth.suite import make_suite
from benchmarks.depth.table import make_tables
from benchmarks.layer_speed.cases import CASES, CPU, GPU
from benchmarks.layer_speed.race import Entry, Result
from benchmarks.layer_speed.report import tabulate_case
from benchmarks.report import RESULTS, write_lines


def read(name: str) -> Any:
    return json.loads((RESULTS / name).read_text(encoding="utf-8"))


def test_an_item_to_a_line(tmp_path: Path) -> None:
    value = {"versions": {"a": "1"}, "cases": [{"name": "x"}, {"name": "é"}], "peers": []}
    write_lines(tmp_path / "a.json", value)
    text = (tmp_path / "a.json").read_text(encoding="utf-8")
    assert json.loads(text) == value
    assert '\n{"name": "x"},\n' in text


@pytest.mark.parametrize("name", ["depth", "speed", "speed_gpu"])
def test_committed_results_are_written_so(tmp_path: Path, name: str) -> None:
    write_lines(tmp_path / "again.json", read(f"{name}.json"))
    assert (tmp_path / "again.json").read_bytes() == (RESULTS / f"{name}.json").read_bytes()


def test_the_table_of_depths_follows_from_its_results() -> None:
    data = read("depth.json")

    def read_best(found: dict[str, Any]) -> Best:
        costs = (Cost(*found["shallowest"]), Cost(*found["smallest"]))
        return Best(*costs, found["shallowest_by"], found["smallest_by"])

    scores = [
        Score(
            **{
                **case,
                **{key: Cost(*case[key]) for key in ("ours", "sparing")},
                **{key: read_best(case[key]) for key in ("ordinary", "aware")},
            }
        )
        for case in data["cases"]
    ]
    _, text = (RESULTS / "depth.md").read_text(encoding="utf-8").split(".\n\n", 1)
    tables = make_tables(scores, data["peers"])
    assert text == "\n\n".join(table.markdown() for table in tables)


@pytest.mark.parametrize("platform", [CPU, GPU], ids=lambda platform: platform.results)
def test_the_tables_of_speeds_follow_from_their_results(platform) -> None:
    results = [
        Result(Entry(**each.pop("entry")), **each) for each in read(f"{platform.results}.json")
    ]
    text = (RESULTS / f"{platform.results}.md").read_text(encoding="utf-8")
    for case in CASES.values():
        own = [result for result in results if result.entry.case == case.name]
        assert tabulate_case(case, own, platform).markdown() in text


def test_cached_results_of_the_peers_are_read() -> None:
    known = _read_known("cached")
    assert {line["case"] for line in known} == {case.name for case in make_suite()}
    assert TIMED not in {line["peer"] for line in known}
