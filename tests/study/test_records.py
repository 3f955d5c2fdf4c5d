"""Records in one file: nothing is lost, and the reports of committed studies follow from them."""

from __future__ import annotations

import csv
import json
import lzma
import subprocess
import sys
from pathlib import Path
from statistics import fmean

import pytest

from qslc.diagnostics import InputError
from qslc_study.page.__main__ import main
from qslc_study.page.table import render_csv
from qslc_study.page.view import render_markdown
from qslc_study.plan import Plan, Run, choose_rates
from qslc_study.records import RECORDS, load_found, read_records
from qslc_study.results.summary import summarize
from qslc_study.spec import load
from tests.study.fakes import write_study
from tests.study.test_command import read_reports, run

RESULTS = Path(__file__).parents[2] / "results"
COMMITTED = ["e2e_study", "e2e_budgets", "e2e_noise", "e2e_smollm2"]
EXAMPLES = Path(__file__).parents[2] / "examples" / "e2e_study"


@pytest.mark.parametrize("name", COMMITTED)
def test_committed_reports_follow_from_the_records(name):
    folder = RESULTS / name
    summary = summarize(load_found(folder))
    assert render_markdown(summary) == (folder / "study.md").read_text(encoding="utf-8")
    assert render_csv(summary) == (folder / "study.csv").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMITTED)
def test_the_numbers_of_committed_tables_are_means_over_the_records(name):
    """Not through the code that summarizes: straight from the file."""
    first, *rest = lzma.decompress((RESULTS / name / RECORDS).read_bytes()).split(b"\n")[:-1]
    study, lines = json.loads(first)["study"], list(map(json.loads, rest))
    records = {line["run"]: line["record"] for line in lines if "run" in line}
    assert all(Run("", record["identity"]).key == key for key, record in records.items())
    assert records.keys() == {each["record"] for each in (*study["tuning"], *study["final"])}
    rows = list(csv.DictReader((RESULTS / name / "study.csv").open(encoding="utf-8")))
    assert {row["arm"] for row in rows} == {each["arm"] for each in study["final"]}
    for row in rows:
        keys = [each["record"] for each in study["final"] if each["arm"] == row["arm"]]
        own = [records[key] for key in keys]
        assert int(row["seeds"]) == len({record["identity"]["seed"] for record in own})
        assert {record["parameters"]["trainable"] for record in own} == {int(row["trainable"])}
        losses = [record["test"]["loss"] for record in own]
        assert float(row["test_loss_mean"]) == pytest.approx(fmean(losses), rel=1e-5)
        for measure in {"bleu", "rougeL", "bertscore"} & study["scores"].get(keys[0], {}).keys():
            scores = [study["scores"][key][measure] for key in keys]
            assert float(row[f"{measure}_mean"]) == pytest.approx(fmean(scores), rel=1e-5)


@pytest.mark.parametrize("name", COMMITTED)
def test_the_file_of_a_committed_study_asks_for_the_runs_on_record(name):
    """A key that a later format adds must not change what a run is called."""
    found = load_found(RESULTS / name)
    identity = next(iter(found.records.values()))["identity"]
    file = "study" if name == "e2e_study" else name.removeprefix("e2e_")
    source = load(EXAMPLES / f"{file}.yaml")
    plan = Plan(source, identity["base"], identity["data"])
    assert {run.key for run in plan.list_tuning_runs()} == {run.key for run in found.tuning}
    rates = choose_rates(source.study, found.tuning, found.records)
    assert {run.key for run in plan.list_final_runs(rates)} == {run.key for run in found.final}


@pytest.mark.parametrize("name", COMMITTED)
def test_every_score_of_a_committed_study_is_on_record(name):
    records = read_records(RESULTS / name)
    kept = list(records.scores.values())
    for scores in records.study["scores"].values():
        overlap = {key: value for key, value in scores.items() if key != "bertscore"}
        assert overlap in kept
        assert scores["bertscore"] in kept


def test_every_byte_of_a_record_is_in_the_file(tmp_path, work):
    run(write_study(tmp_path), tmp_path / "out")
    records = read_records(tmp_path / "out")
    for kind, values in (("runs", records.runs), ("scores", records.scores)):
        files = list((tmp_path / "out" / kind).iterdir())
        assert {path.stem for path in files} == values.keys()
        for path in files:
            written = json.dumps(values[path.stem], ensure_ascii=False) + "\n"
            assert written.encode() == path.read_bytes()


def test_a_study_goes_on_from_its_file_alone_and_writes_the_same_bytes(tmp_path, work):
    path, out = write_study(tmp_path), tmp_path / "out"
    run(path, out)
    done, before, packed = len(work.jobs), read_reports(out), (out / RECORDS).read_bytes()
    for folder in ("runs", "scores"):
        for file in (out / folder).iterdir():
            file.unlink()
    run(path, out)
    assert len(work.jobs) == done
    assert read_reports(out) == before
    assert (out / RECORDS).read_bytes() == packed


def test_reports_are_written_from_the_file_alone(tmp_path, work):
    run(write_study(tmp_path), tmp_path / "out")
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / RECORDS).write_bytes((tmp_path / "out" / RECORDS).read_bytes())
    main([str(tmp_path / "again")])
    assert read_reports(tmp_path / "again") == read_reports(tmp_path / "out")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not xz",
        lzma.compress(b""),
        lzma.compress(b"{}\n"),
        lzma.compress(b'{"study": {}\n'),
        lzma.compress(b'{"study": {"study": {}, "command": ""}}\n'),
        lzma.compress(b"1")[:-8],
    ],
)
def test_a_damaged_file_is_named(tmp_path, content):
    (tmp_path / RECORDS).write_bytes(content)
    with pytest.raises(InputError, match="holds no records of a study, or is damaged"):
        load_found(tmp_path)


def test_a_record_that_was_changed_is_named(tmp_path):
    packed = lzma.decompress((RESULTS / "e2e_budgets" / RECORDS).read_bytes())
    changed = packed.replace(b'"learning_rate": 0.04', b'"learning_rate": 0.05')
    (tmp_path / RECORDS).write_bytes(lzma.compress(changed, preset=0))
    with pytest.raises(InputError, match="is that of another run"):
        load_found(tmp_path)


def test_the_command_says_what_is_not_there(tmp_path):
    command = [sys.executable, "-m", "qslc_study.page", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"{tmp_path / RECORDS} does not exist" in done.stderr
    assert "Traceback" not in done.stderr
