"""A whole study with made-up records: resuming, tuning, reports."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
from pathlib import Path

import pytest
from rich.console import Console

from qslc import output
from qslc.diagnostics import InputError
from qslc_study.command import study
from tests.study.fakes import (
    PAIRS,
    STUDY,
    FakeWork,
    make_diverging_record,
    make_record,
    write_study,
)

REPORTS = ("study.json", "study.csv", "study.md", "study.svg", "study.html")


def run(path, folder, **options):
    console = Console(file=io.StringIO())
    return study(path, folder, options.get("data"), options.get("processes", 1), console)


def read_reports(folder):
    return {name: (folder / name).read_text(encoding="utf-8") for name in REPORTS}


def report(folder, text=STUDY):
    """Run a study, and return its reports and its summary."""
    run(write_study(folder, text), folder / "out")
    found = read_reports(folder / "out")
    return found, json.loads(found["study.json"])


def test_every_rate_is_tried_once_and_every_seed_runs_at_the_best(tmp_path, work):
    path = write_study(tmp_path)
    assert run(path, tmp_path / "out") == tmp_path / "out" / "study.html"
    identities = [job["identity"] for job in work.jobs]
    tuning = [each for each in identities if each["seed"] == 1000]
    assert len(tuning) == 5 * 3
    assert not any(each["evaluate"]["test"] or each["evaluate"]["generate"] for each in tuning)
    final = [each for each in identities if each["seed"] != 1000]
    assert len(final) == 5 * 4
    assert {each["learning_rate"] for each in final} == {0.003}


def test_a_backend_and_its_devices_are_of_a_run_and_on_the_page(tmp_path, work):
    asked = STUDY.replace("training: {", "training: {backend: jax, devices: {data: 2}, ")
    found, _ = report(tmp_path, asked)
    settings = [job["identity"]["training"] for job in work.jobs]
    assert all(each["devices"] == {"data": 2, "model": 1} for each in settings)
    assert (
        "Trained with JAX on 2 x 1 virtual devices of the processor (data x model)."
        in found["study.md"]
    )
    (tmp_path / "plain").mkdir()
    plain, _ = report(tmp_path / "plain")
    assert not {"backend", "devices"} & work.jobs[-1]["identity"]["training"].keys()
    assert "JAX" not in plain["study.md"]


def test_a_mesh_has_a_gpu_for_each_device_or_none(tmp_path, work):
    asked = STUDY.replace("training: {", "training: {backend: jax, devices: {data: 2, model: 2}, ")
    with pytest.raises(InputError, match="has 4 devices; --gpus gives it 3") as caught:
        study(write_study(tmp_path, asked), tmp_path / "out", on="ray://none:1", gpus=3)
    assert caught.value.diagnostics[0].span.line == 5


def test_what_is_added_is_on_the_page_of_those_that_have_it(tmp_path, work):
    def make(identity):
        record, low = make_record(identity), identity["arm"].get("rank") == 1
        if identity["evaluate"]["test"] and identity["arm"]["method"] == "lora":
            share = identity["seed"] / 100
            changes = {"a": {"size": share, "rank": 1.0}, "b": {"size": 3 * share, "rank": 4.0}}
            record["changes"] = dict([*changes.items()][: 1 if low else 2])
        return record

    work.make = make
    found, summary = report(tmp_path)
    measured = {arm["name"]: arm["measures"] for arm in summary["arms"]}
    assert measured["lora_r1"]["change_size"]["mean"] == pytest.approx(2.5)
    assert measured["lora_r4"]["change_size"]["mean"] == pytest.approx(5.0)
    assert measured["lora_r4"]["change_rank"]["mean"] == pytest.approx(2.5)
    assert "change_size" not in measured["full"]
    (table,) = [part for part in found["study.md"].split("\n## ") if part.startswith("What is add")]
    assert re.search(r"\| lora_r1 .*\| 2\.5 ± \S+ \| 1\.0 ± 0\.0 \|", table)
    assert "| full" not in table
    assert "What is added" in found["study.html"]
    work.make = make_record
    (tmp_path / "without").mkdir()
    assert "What is added" not in "".join(report(tmp_path / "without")[0].values())


def test_of_some_arms_only_the_best_in_tuning_runs_on_the_seeds(tmp_path, work):
    chosen = STUDY.replace("  full: {method: full, learning_rates: [0.001, 0.003, 0.01]}\n", "")
    one_more = "  qsl_2: {method: qsl, ansatz: qsl.yaml, learning_rates: [0.002, 0.004, 0.02]}\n"
    chosen += f"{one_more}choose: [[lora_r1, lora_r4], [qsl, qsl_2]]\n"
    chosen = chosen.replace(
        "prefix, length: 4, learning_rates: [", "prefix, length: 4, learning_rates: [2, 3, 4, "
    )
    found, summary = report(tmp_path, chosen)
    best = {arm: min(tried.values()) for arm, tried in summary["tuning"].items()}
    assert len(best) == 5
    names = [arm["name"] for arm in summary["arms"]]
    assert names == [
        min(("lora_r1", "lora_r4"), key=best.__getitem__),
        "prefix",
        min(("qsl", "qsl_2"), key=best.__getitem__),
    ]
    assert {job["identity"]["seed"] for job in work.jobs} == {1, 2, 3, 4, 1000}
    assert sum(job["identity"]["seed"] != 1000 for job in work.jobs) == 3 * 4
    assert "of some only the best arm (lora_r1 or lora_r4; qsl or qsl_2)" in found["study.md"]


def test_reports_agree(tmp_path, drawn):
    found, summary = report(tmp_path)
    rows = list(csv.DictReader(io.StringIO(found["study.csv"])))
    assert [row["arm"] for row in rows] == ["full", "lora_r1", "lora_r4", "prefix", "qsl"]
    for row, arm in zip(rows, summary["arms"], strict=True):
        loss = arm["measures"]["test_loss"]
        assert float(row["test_loss_mean"]) == pytest.approx(loss["mean"], rel=1e-5)
        assert loss["low"] < loss["mean"] < loss["high"]
        assert f"{loss['mean']:.4f}" in found["study.md"]
        assert f"{loss['mean']:.4f}" in found["study.html"]
    assert summary["front"][-1] == "full"
    assert len(summary["differences"]) == 10 * 3  # pairs, in loss, BLEU and ROUGE-L
    assert found["study.html"].count("<svg") == 9
    assert "src=" not in found["study.html"]
    assert "http" not in found["study.html"].replace("http://www.w3.org", "")
    assert found["study.svg"].startswith("<svg")  # which stands alone
    for part in ('xmlns="http://www.w3.org/2000/svg"', "--ink: ", "--soft: ", "--sans: "):
        assert part in found["study.svg"]


def test_a_killed_study_goes_on_with_the_same_numbers(tmp_path, monkeypatch, work):
    path = write_study(tmp_path)
    run(path, tmp_path / "whole")
    dying = FakeWork(dies_at=20)
    monkeypatch.setattr("qslc_study.worker.work", dying)
    with pytest.raises(KeyboardInterrupt):
        run(path, tmp_path / "killed")
    assert not (tmp_path / "killed" / "study.json").exists()
    again = FakeWork()
    monkeypatch.setattr("qslc_study.worker.work", again)
    run(path, tmp_path / "killed")
    assert 0 < len(again.jobs) <= 35 - 19
    killed = read_reports(tmp_path / "killed")
    for name, text in read_reports(tmp_path / "whole").items():
        assert killed[name].replace(f"{tmp_path}/killed", f"{tmp_path}/whole") == text


@pytest.mark.parametrize(
    ("changes", "runs"),
    [
        ({}, 0),
        ({"lora_r4": "lora_r8", "rank: 4": "rank: 8"}, 3 + 4),
        ({"lora_r4": "other", "name: fake": "name: renamed"}, 0),  # names are in no record
        ({"file: pairs.jsonl": "file: more.jsonl"}, 5 * (3 + 4)),
        ({"folder: base": "folder: other_base"}, 5 * (3 + 4)),
    ],
)
def test_nothing_runs_twice_and_a_change_runs_what_it_concerns(tmp_path, work, changes, runs):
    before, _ = report(tmp_path)
    path, out, done = tmp_path / "study.yaml", tmp_path / "out", len(work.jobs)
    (tmp_path / "more.jsonl").write_text(PAIRS + PAIRS.replace("Anker", "Anna"))
    (tmp_path / "other_base").mkdir()
    (tmp_path / "other_base" / "config.json").write_text("{ }")
    text = STUDY
    for old, new in changes.items():
        text = text.replace(old, new)
    path.write_text(text)
    run(path, out)
    assert len(work.jobs) == done + runs
    assert {job["identity"]["arm"]["method"] for job in work.jobs[done:]} <= (
        {"lora"} if runs == 7 else {"full", "lora", "prefix", "qsl"}
    )
    path.write_text(STUDY)
    run(path, out)
    assert len(work.jobs) == done + runs
    assert read_reports(out) == before


def test_a_half_written_record_is_made_again(tmp_path, work):
    before, _ = report(tmp_path)
    done = len(work.jobs)
    next((tmp_path / "out" / "runs").iterdir()).write_text('{"identity": ')
    (tmp_path / "out" / "records.jsonl.xz").unlink()
    run(tmp_path / "study.yaml", tmp_path / "out")
    assert len(work.jobs) == done + 1
    assert read_reports(tmp_path / "out") == before


def test_what_a_killed_study_left_is_removed_and_nothing_else(tmp_path, work):
    path, out = write_study(tmp_path), tmp_path / "out"
    left = [
        out / ".study.html.ab12_x_9",
        out / "runs" / ".0123456789abcdef.json.ab12_x_9",
        out / "base" / ".0123456789abcdef.ab12_x_9" / "config.json",
        out / "layers" / ".0123456789abcdef.qslc-a1b2c3d4" / "layer.py",
    ]
    own = [out / ".config.ab12_x_9", out / "runs" / "notes.txt", out / ".study.html"]
    for file in (*left, *own):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    run(path, out)
    assert not any(file.exists() for file in left)
    assert all(file.exists() for file in own)


@pytest.mark.parametrize(
    "make",
    [Path.touch, lambda path: path.symlink_to(path), lambda path: path.with_name("x" * 300)],
)
def test_a_folder_that_cannot_be_written_is_named(tmp_path, work, make):
    path, out = write_study(tmp_path), tmp_path / "out"
    with pytest.raises(InputError, match="cannot write to ") as caught:
        run(path, make(out) or out)
    assert caught.value.diagnostics[0].help == "choose another place with -o"
    assert not work.jobs


def test_a_full_disk_keeps_what_is_finished(tmp_path, work, monkeypatch):
    path, out = write_study(tmp_path), tmp_path / "out"
    publish = output.publish_file

    def fill_up(place, content):
        if place.parent.name == "runs" and len(work.jobs) >= 20:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        publish(place, content)

    with monkeypatch.context() as full:
        full.setattr(output, "publish_file", fill_up)
        with pytest.raises(InputError, match=r"cannot write .*json: No space left on device"):
            run(path, out)
    assert len(list((out / "runs").glob("*.json"))) == 19
    assert not (out / "study.json").exists()
    begun = len(work.jobs)
    run(path, out)
    assert len(work.jobs) == begun + 16
    run(path, tmp_path / "whole")
    assert read_reports(out)["study.csv"] == read_reports(tmp_path / "whole")["study.csv"]


def test_times_of_unlike_machines_are_neither_averaged_nor_compared(tmp_path, monkeypatch, work):
    path = write_study(tmp_path)
    run(path, tmp_path / "alike")

    def make_record_there(identity):
        record = make_record(identity)
        large = {"cores": 64, "processor": "EPYC", "cluster": "ray"}
        record["environment"] |= large if identity["seed"] == 2 else {}
        return record

    monkeypatch.setattr("qslc_study.worker.work", FakeWork(make=make_record_there))
    run(path, tmp_path / "unlike")
    alike, unlike = (read_reports(tmp_path / name) for name in ("alike", "unlike"))
    one, two = (json.loads(found["study.json"]) for found in (alike, unlike))
    times = {"step_seconds", "peak_mib", "step_mib", "reach_seconds"}
    for arm, other in zip(one["arms"], two["arms"], strict=True):
        for part in ("measures", "convergence"):
            kept = {k: v for k, v in arm[part].items() if k not in times}
            assert other[part] == kept
            assert len(kept) < len(arm[part])
        assert not times & set().union(*other["runs"])
        assert "seconds" not in other["curves"]["validation"]
    assert not [e for e in two["convergence"]["differences"] if e["measure"] == "reach_seconds"]
    assert [kind["runs"] for kind in two["machines"]] == [15, 5]
    assert "faster, in wall time" in alike["study.md"]
    assert "faster, in wall time" not in unlike["study.md"]
    told = "The runs were on unlike machines, so that their times and memory are neither averaged"
    for report in ("study.md", "study.html"):
        assert told not in alike[report]
        assert told in unlike[report]
    assert (
        "5 runs with 2 threads each, on 64 cores (EPYC) of a cluster of Ray" in unlike["study.html"]
    )
    assert unlike["study.html"].count("<svg") == alike["study.html"].count("<svg") - 3


def test_runs_at_the_same_time_give_the_same_records(tmp_path, work):
    path = write_study(tmp_path)
    run(path, tmp_path / "one")
    run(path, tmp_path / "two", processes=2)
    one, two = (json.loads(read_reports(tmp_path / name)["study.json"]) for name in ("one", "two"))
    assert one["arms"] == two["arms"]


def test_data_elsewhere(tmp_path, work):
    path = write_study(tmp_path)
    far = tmp_path / "far"
    far.mkdir()
    for name in ("base", "pairs.jsonl"):
        (tmp_path / name).rename(far / name)
    with pytest.raises(InputError, match="cannot read"):
        run(path, tmp_path / "out")
    run(path, tmp_path / "out", data=far)
    assert (tmp_path / "out" / "study.html").exists()


def test_one_seed_gives_no_intervals(tmp_path, work):
    found, _ = report(tmp_path, STUDY.replace("seeds: [1, 2, 3, 4]", "seeds: [1]"))
    assert "One seed" in found["study.md"]
    assert "±" not in found["study.csv"]


def test_a_diverged_run_is_told_and_the_rest_stands(tmp_path, work):
    work.make = make_diverging_record
    found, _ = report(tmp_path)
    assert "prefix: 4 of 4 runs diverged" in found["study.md"]
    assert "| 1 | full **" in found["study.md"]


def with_encoder(folder, model):
    text = STUDY.replace("evaluate:\n", f"evaluate:\n  encoder: {{model: {model}}}\n")
    return write_study(folder, text)


def test_an_encoder_that_is_not_there_is_missed_before_any_run(tmp_path, work):
    path = with_encoder(tmp_path, "{package: no_such_package}")
    with pytest.raises(InputError, match="the package no_such_package is not installed"):
        run(path, tmp_path / "out")
    assert not work.jobs


def test_an_encoder_in_a_package(tmp_path, monkeypatch, work):
    package = tmp_path / "site" / "some_encoder"
    (package / "model").mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('not to be imported')")
    (package / "model" / "config.json").write_text("{}")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    places = []

    def score(job, threads, progress):
        if job["task"] == "run":
            return work(job, threads, progress)
        places.append(job["encoder"])
        for key in job["texts"]:
            progress({"key": key, "bertscore": 87.5, "stage": "87.50"})
        return None

    monkeypatch.setattr("qslc_study.worker.work", score)
    run(with_encoder(tmp_path, "{package: some_encoder, folder: model}"), tmp_path / "out")
    assert places == [{"folder": str(package / "model")}]
    arms = json.loads(read_reports(tmp_path / "out")["study.json"])["arms"]
    assert {arm["measures"]["bertscore"]["mean"] for arm in arms} == {87.5}
    assert "some_encoder" in read_reports(tmp_path / "out")["study.html"]
