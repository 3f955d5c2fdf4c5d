"""Specs and studies are told apart."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from qslc.spec.model import Spec
from qslc.spec.source import SPEC_KEYS, STUDY_KEYS
from qslc_study.spec import Study
from tests.cli.conftest import Run
from tests.study.fakes import STUDY, write_study


def test_the_keys_are_those_of_the_models() -> None:
    # "circuit" stands for the encoder and the ansatz of a file.
    spec, study = {*Spec.model_fields, "circuit"}, set(Study.model_fields)
    assert spec - study == SPEC_KEYS
    assert study - spec == STUDY_KEYS


def test_a_study_is_checked_as_a_study(run: Run, tmp_path: Path, spec: Path) -> None:
    path = write_study(tmp_path)
    result = run("check", path, spec)
    assert result.status == 0
    assert result.out.splitlines() == [
        f"{path}: ok: fake, a study of 5 methods over 4 seeds",
        f"{spec}: ok: small, 4 qubits, amplitude encoder",
    ]


def test_the_mistakes_of_a_study_are_found(run: Run, tmp_path: Path) -> None:
    text = STUDY.replace("method: full", "method: ful").replace("steps: 40", "step: 40")
    path = write_study(tmp_path, text)
    result = run("check", path)
    assert result.status == 1
    assert result.err.count("error: ") == 2
    assert 'did you mean "full"?' in result.err
    (found,) = json.loads(run("check", path, "--json").out)
    assert not found["ok"]
    assert [each["span"]["line"] for each in found["diagnostics"]] == [5, 11]


def test_checking_a_study_loads_no_framework(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom qslc import cli\nsys.argv = ['qslc', 'check', sys.argv[1]]\n"
        "try:\n    cli.main()\nfinally:\n"
        "    print({'tensorflow', 'keras', 'jax', 'qslc_runtime'} & set(sys.modules))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(write_study(tmp_path))],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.endswith("set()\n")


@pytest.mark.parametrize("command", ["compile", "analyze"])
@pytest.mark.parametrize("broken", [False, True])
def test_a_study_in_the_place_of_a_spec(
    run: Run, tmp_path: Path, command: str, broken: bool
) -> None:
    path = write_study(tmp_path, STUDY.replace("seeds:", "sseeds:") if broken else STUDY)
    result = run(command, path, "-o", tmp_path / "out")
    assert result.status == 1
    assert result.err == (
        f"{path}:1:1: error: this is a study, not the spec of a sublayer\n"
        f"  help: qslc study {path}\n"
    )
    assert not (tmp_path / "out").exists()


def test_a_spec_in_the_place_of_a_study(run: Run, tmp_path: Path, spec: Path) -> None:
    result = run("study", spec, "-o", tmp_path / "out")
    assert result.status == 1
    assert f"{spec}:1:1: error: this is the spec of a sublayer, not a study\n" in result.err
    assert f"help: qslc compile {spec}; in a study" in result.err
    assert not (tmp_path / "out").exists()


def test_a_study_as_the_sublayer_of_a_study(run: Run, tmp_path: Path) -> None:
    path = write_study(tmp_path, STUDY.replace("ansatz: qsl.yaml", "ansatz: study.yaml"))
    result = run("check", path)
    assert result.status == 1
    place = f"{path}:{STUDY[: STUDY.index('ansatz: ')].count(chr(10)) + 1}:"
    assert result.err.startswith(place)
    assert f"error: {path} is a study, not the spec of a sublayer" in result.err
