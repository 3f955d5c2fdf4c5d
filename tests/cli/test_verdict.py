"""``qslc verdict``: predicted errors are those that are sampled; wrong files are told."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import qslc
from qslc.diagnostics import InputError
from qslc.verdict.command import make_verdict, print_verdict
from qslc.verdict.tokens import read_tokens

SPEC: Any = (
    qslc.sublayer("judged", qubits=4)
    .layers(depth=2, rotations=["ry"], entangler="cnot", pattern="ring")
    .measure("z")
    .noise("device")
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    spec = SPEC.amplitude(16, project="orthogonal", preparation="variational").on("weber").spec()
    path = tmp_path_factory.mktemp("verdict") / "judged"
    qslc.compile_to(spec, path)
    return path


def test_report_and_command_agree(folder: Path) -> None:
    found = make_verdict(folder, measure=False)
    report = json.loads((folder / "report.json").read_text())
    assert found["error"] == pytest.approx(report["verdict"]["error"], rel=0.2)
    assert found["machine"] is None
    text = "\n".join(print_verdict(found))
    assert "What limits" in text
    assert "no break-even" in text
    assert (folder / "report.md").read_text().index("## Verdict") < (
        (folder / "report.md").read_text().index("## Gain")
    )


def test_tokens_and_weights(folder: Path, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    np.save(tmp_path / "tokens.npy", rng.normal(size=(80, 16)))
    weights = len(json.loads((folder / "report.json").read_text())["weights"])
    np.save(tmp_path / "theta.npy", rng.normal(size=weights))
    found = make_verdict(folder, tmp_path / "tokens.npy", tmp_path / "theta.npy", measure=False)
    assert found["tokens"] == {"count": 48, "about": "of 80 in tokens.npy"}
    assert 0 < found["error"] < 1


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        (b"no numbers", "is not a .npy file of numbers"),
        (np.ones((40, 8)), "expected 16 columns, got 8"),
        (np.ones((3, 16)), "8 or more"),
        (np.ones(16), "8 or more"),
        (np.full((9, 16), np.nan), "NaN"),
        (np.zeros((9, 16)), "row of zeros"),
        (np.ones((9, 16)), "1 different rows"),
        (np.full((9, 16), "a"), "real numbers"),
    ],
)
def test_wrong_tokens(folder: Path, tmp_path: Path, content: Any, said: str) -> None:
    path = tmp_path / "tokens.npy"
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        np.save(path, content)
    with pytest.raises(InputError, match=said) as error:
        make_verdict(folder, path, measure=False)
    assert "tokens.npy" in str(error.value)


def test_wrong_weights(folder: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "theta.npy", np.ones(3))
    with pytest.raises(InputError, match="of theta, got"):
        make_verdict(folder, weights=tmp_path / "theta.npy", measure=False)


def test_wrong_folders(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a folder"):
        make_verdict(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"report\.json"):
        make_verdict(tmp_path / "empty")
    given = SPEC.amplitude(16).on("weber").spec()
    qslc.compile_to(given, tmp_path / "given")
    with pytest.raises(InputError, match=r"has no device\.json") as error:
        make_verdict(tmp_path / "given")
    assert "encoder.preparation" in str(error.value)
    qslc.compile_to(SPEC.angle().on("weber").spec(), tmp_path / "changed")
    (tmp_path / "changed" / "device.json").write_text("{}")
    with pytest.raises(InputError, match="not the file that the compile wrote"):
        make_verdict(tmp_path / "changed")
    qslc.compile_to(SPEC.angle().on("line").noise("none").spec(), tmp_path / "unknown")
    with pytest.raises(InputError, match="nothing is known of the errors of the device line"):
        make_verdict(tmp_path / "unknown")
    shutil.copytree(folder, tmp_path / "older")
    manifest = json.loads((folder / "manifest.json").read_text())
    for other in ({"preparation": None}, {"format": 99}):
        (tmp_path / "older" / "manifest.json").write_text(json.dumps(manifest | other))
        with pytest.raises(InputError, match="is damaged, or from another version"):
            make_verdict(tmp_path / "older")


def test_hidden_states_are_projected(tmp_path: Path) -> None:
    states = np.random.default_rng(0).normal(size=(30, 40))
    np.save(tmp_path / "states.npy", states)
    path = tmp_path / "states.npy"
    sliced = SPEC.amplitude(16, project=(3, 19)).on("weber").spec()
    tokens, wider = read_tokens(path, sliced, 30)
    assert not wider
    assert (tokens.features == states[:, 3:19]).all()
    principal = SPEC.amplitude(16, project="principal").on("weber").spec()
    tokens, wider = read_tokens(path, principal, 30)
    assert not wider
    squares = (tokens.features**2).mean(axis=0)
    assert (np.diff(squares) <= 1e-9).all()
    assert read_tokens(path, SPEC.amplitude(16, project="learned").on("weber").spec(), 30)[1]
    with pytest.raises(InputError, match="expected 16 columns, got 40"):
        read_tokens(path, SPEC.amplitude(16).on("weber").spec(), 30)
    with pytest.raises(InputError, match="slices up to 56"):
        read_tokens(path, SPEC.amplitude(16, project=(40, 56)).on("weber").spec(), 30)


@pytest.mark.slow
def test_sampled_errors_are_as_predicted(folder: Path, tmp_path: Path) -> None:
    said: list[str] = []
    states = np.random.default_rng(1).normal(size=(60, 32))
    np.save(tmp_path / "states.npy", states)
    found = make_verdict(folder, tmp_path / "states.npy", sampler="noisy", tell=said.append)
    assert said
    assert "160,000 shots" in said[0] or "240,000 shots" in said[0]
    assert found["machine"]["folded_s"] > 0
    assert found["machine"]["prepare_s"] > 0
    assert found["sampled"]["sampler"] == "noisy"
    assert found["sampled"]["error"] == pytest.approx(found["error"], rel=0.3)
    text = "\n".join(print_verdict(found))
    assert "Break-even" in text
    assert "Measured by noisy" in text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nonesuch", "no sampler is called 'nonesuch'"),
        ("cirq:nonesuch", "no sampler"),
        ("no.such.package:chip", "no sampler"),
        ("math:pi", "not a cirq.Sampler"),
        ("os:system", "TypeError"),
    ],
)
def test_wrong_samplers(folder: Path, name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        make_verdict(folder, sampler=name, measure=False)


@pytest.mark.slow
def test_a_sampler_of_a_package(folder: Path) -> None:
    found = make_verdict(folder, sampler="cirq:Simulator", measure=False)
    assert found["sampled"]["sampler"] == "Simulator"
    assert found["sampled"]["error"] < found["error"]


@pytest.mark.slow
def test_jobs_that_are_not_free_are_recorded(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "judged")
    for _ in range(2):
        make_verdict(tmp_path / "judged", sampler="tests.sampling.fakes:Fake", measure=False)
        record = (tmp_path / "judged" / "jobs.jsonl").read_text()
        assert record.count('"line":"sent"') == record.count('"line":"done"') == 1
