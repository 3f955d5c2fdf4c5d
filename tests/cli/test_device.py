"""``qslc device import``."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from qslc.cli import app
from qslc.diagnostics import InputError
from tests.importers.samples import CALIBRATION, CSV


def run(*arguments: object) -> str:
    result = CliRunner().invoke(app, ["device", "import", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result.output


@pytest.fixture
def measured(tmp_path: Path) -> Path:
    path = tmp_path / "ibm_line_2026.csv"
    path.write_text(CSV, encoding="utf-8")
    return path


def test_a_spec_can_name_what_was_imported(tmp_path: Path, measured: Path) -> None:
    out = tmp_path / "line.json"
    output = run(measured, "-o", out, "--name", "line")
    assert output.splitlines()[-1] == f"device: {{file: {out}}}"
    assert "T2 was measured above twice T1" in output
    spec = tmp_path / "spec.yaml"
    spec.write_text(
        "qslc: 1\nname: imported\nqubits: 3\nencoder: {kind: angle}\n"
        "ansatz: {depth: 1, entangler: {gate: cz, pattern: linear}}\n"
        "device: {file: line.json}\nnoise: device\noptimize: {objective: fidelity}\n"
    )
    assert "ok: imported" in CliRunner().invoke(app, ["check", str(spec)]).output


def test_json_and_the_default_name(
    tmp_path: Path, measured: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = json.loads(run(measured, "--json"))
    assert (found["file"], found["calibration"]) == ("ibm_line_2026.json", CALIBRATION)
    assert found == {"file": found["file"], **json.loads(Path(found["file"]).read_text())}


def test_only_a_device_file_is_written_over(tmp_path: Path, measured: Path) -> None:
    out = tmp_path / "line.json"
    run(measured, "-o", out)
    first = out.read_bytes()
    run(measured, "-o", out)
    assert out.read_bytes() == first
    out.write_text("{}")
    with pytest.raises(InputError, match="exists and is no device file"):
        run(measured, "-o", out)
    assert out.read_text() == "{}"


@pytest.mark.parametrize(
    ("name", "message"),
    [("missing.csv", "does not exist"), (".", "cannot be read")],
)
def test_files_that_cannot_be_read(tmp_path: Path, name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        run(tmp_path / name)


def test_a_name_that_no_device_has(measured: Path) -> None:
    with pytest.raises(InputError, match="expected a letter"):
        run(measured, "--name", "a b")


@pytest.mark.parametrize("value", ["0", "-1", "1e12", "x"])
def test_durations_that_no_gate_has(measured: Path, value: str) -> None:
    assert "Invalid value" in run(measured, "--one-qubit-ns", value)


def test_nothing_is_written_where_something_is_wrong(tmp_path: Path, measured: Path) -> None:
    measured.write_text(CSV.replace("0.0105", "2"), encoding="utf-8")
    with pytest.raises(InputError, match="expected a probability"):
        run(measured, "-o", tmp_path / "line.json")
    assert not (tmp_path / "line.json").exists()
