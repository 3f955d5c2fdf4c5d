"""Verdicts say what was asked for, and their parts are what perfect sources would save."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from qslc.feasibility.prediction import Correction, read, split_error
from qslc.feasibility.times import measure_times
from qslc.feasibility.verdict import Subject, Verdict, judge
from qslc.pipeline import compile_to
from qslc.spec.dsl import sublayer
from tests.feasibility.cases import compile_layer, make_subject


def judge_case(kind: str, chip: str, **execution: object) -> Verdict:
    verdict = compile_layer(kind, chip, **execution).verdict
    assert verdict is not None
    return verdict


def test_parts_are_what_perfect_sources_save() -> None:
    layer, run = make_subject(compile_layer("variational", "weber"))
    ideal, correction = layer.compute_ideal(), Correction()
    found = read(layer, run, correction, ideal)
    parts = {part.source: part for part in split_error(layer, run, correction, found, 1000)}
    assert list(parts) == ["preparation", "gates", "idling", "readout", "shots"]
    assert sum(part.share for part in parts.values()) == pytest.approx(1)
    total = found.predict_error(1000)
    assert all(part.without <= total for part in parts.values())
    assert parts["shots"].without == found.predict_error()
    quiet = read(layer, replace(run, noise=None), correction, ideal)
    assert quiet.predict_error() < min(part.without for part in parts.values())


def test_what_limits() -> None:
    assert judge_case("2", "aachen").limit == "preparation"
    assert judge_case("angles", "aachen", shots=10).limit == "shots"
    assert judge_case("multiplexed", "weber", shots=10**6).limit == "noise"


def test_shots_and_errors_of_a_spec() -> None:
    usual = judge_case("angles", "weber")
    assert (usual.shots, usual.target) == (10_000, 0.25)
    few = judge_case("angles", "weber", shots=100)
    assert few.shots == 100
    assert few.error > usual.error > usual.floor == few.floor
    aimed = judge_case("angles", "weber", error=0.5)
    assert aimed.target == 0.5
    assert aimed.shots == aimed.target_shots
    assert aimed.error <= 0.5
    assert judge_case("2", "aachen", error=0.01).target_shots is None


def test_correction_of_readouts_and_none() -> None:
    raw = judge_case("angles", "weber", rescale="none")
    confused = judge_case("angles", "weber", rescale="none", readout="confusion")
    fitted = judge_case("angles", "weber")
    assert raw.floor > confused.floor > fitted.floor


def test_preparation_alone() -> None:
    verdict = judge_case("2", "line")
    assert verdict.noise is None
    assert [part.source for part in verdict.parts] == ["preparation", "shots"]
    assert verdict.floor == pytest.approx(verdict.preparation_error)
    assert compile_layer("angles", "line").verdict is None


def test_encodings() -> None:
    assert judge_case("angles", "willow").encoding == "angles"
    assert judge_case("given", "willow").encoding == "given"
    prepared = judge_case("variational", "willow")
    assert (prepared.encoding, prepared.amplitudes) == ("prepared", 16)
    assert prepared.depth == len(compile_layer("variational", "willow").preparation.levels)


def test_times() -> None:
    stages = compile_layer("angles", "aachen")
    _, run = make_subject(stages)
    times = measure_times(run.columns, stages.device, 3)
    assert times.assumed == ("time of a call",)
    assert times.readout_ns == 2584
    shot = 250e-6 + 2.584e-6 + 1e-9 * times.circuit_ns
    assert times.measure(1000) == pytest.approx(3 * (1000 * shot + 1))
    beside = replace(times, copies=12)
    assert beside.measure(1000, 25) == pytest.approx(3 * (3 * 1000 * shot + 1))
    weber = compile_layer("angles", "weber")
    _, run = make_subject(weber)
    found = measure_times(run.columns, weber.device, 1)
    assert found.assumed == ("time between runs", "time of a call")
    pairs = sum(any(len(op.qubits) == 2 for op in column) for column in run.columns)
    assert found.circuit_ns == 32 * pairs + 25 * (len(run.columns) - pairs)


def test_json_is_plain_and_repeats() -> None:
    found = judge_case("variational", "weber").as_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    compile_layer.cache_clear()
    assert judge_case("variational", "weber").as_json() == found
    assert found["format"] == 1
    assert {"error", "floor", "budget", "limit", "target", "time", "depths"} <= found.keys()


def test_zero_readouts_have_no_verdict() -> None:
    stages = compile_layer("angles", "weber")
    _, run = make_subject(stages)
    nothing = replace(stages.logical, operations=(), inputs=(), weights=())
    flipped = replace(
        nothing, observables=tuple(o for o in nothing.observables if "X" in str(o) or "Y" in str(o))
    )
    run = replace(run, observables=run.observables[: len(flipped.observables)])
    subject = Subject(stages.spec, flipped, run, 1)
    assert judge(subject) is None
    assert not np.any(flipped.operations)


@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_a_readout_that_tells_nothing_has_no_inverse(tmp_path: Path) -> None:
    dead = {"two_qubit": 0.01, "readout": [[0, 0.1], [0.5, 0.5]]}
    begun = sublayer("dead", 2).angle().on(edges=[(0, 1)], calibration=dead).noise("device")
    report = compile_to(begun.layers(1).spec(), tmp_path / "dead")
    found = {each["method"]: each["error"] for each in report["verdict"]["methods"]}
    assert found["readout"] is None
    assert found["none"] > 0
    assert "| errors of reading inverted | unknown |" in (tmp_path / "dead/report.md").read_text()
