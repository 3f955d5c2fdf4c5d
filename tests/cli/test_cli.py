"""The command line: exit statuses, what goes to which stream, what is written."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from qslc import pipeline
from qslc.artifact import digest_report, list_changed_files
from qslc.spec import load, parse, sublayer
from tests.cli.conftest import SPEC, Run

FILES = {*pipeline.FILES}


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("compiled") / "small"
    pipeline.compile_to(parse(SPEC), folder)
    return folder


@pytest.fixture
def folder(compiled: Path, tmp_path: Path) -> Path:
    """A fresh copy of an artifact folder."""
    return Path(shutil.copytree(compiled, tmp_path / "small"))


@pytest.mark.parametrize("given", [True, False])
def test_compile_writes_the_artifact(
    run: Run, spec: Path, tmp_path: Path, given: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Into the folder that is given, or build/NAME."""
    monkeypatch.chdir(tmp_path)
    result = run("compile", spec, *(("-o", "build/small") if given else ()))
    assert result.status == 0, result.err
    assert {path.name for path in (tmp_path / "build" / "small").iterdir()} == FILES
    assert "verified: equal" in result.out


def test_json_is_the_report_and_nothing_else(run: Run, spec: Path, tmp_path: Path) -> None:
    result = run("compile", spec, "-o", tmp_path / "out", "--json")
    assert json.loads(result.out) == json.loads((tmp_path / "out" / "report.json").read_text())


def test_the_manifest_digests_the_files(folder: Path) -> None:
    manifest = json.loads((folder / "manifest.json").read_text())
    assert {*manifest["files"]} == FILES - {"manifest.json"}
    report = json.loads((folder / "report.json").read_text())
    for name in FILES - {"manifest.json", "report.json"}:
        found = hashlib.sha256((folder / name).read_bytes()).hexdigest()
        assert manifest["files"][name] == f"sha256:{found}"
    assert manifest["files"]["report.json"] == digest_report(report)
    assert manifest["spec"] == report["digest"]
    assert report["seconds"] > 0


@pytest.mark.parametrize("epoch", [True, False])
def test_only_wall_times_depend_on_the_run(
    run: Run, spec: Path, tmp_path: Path, epoch: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if epoch:
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    for name in ("a", "b"):
        run("compile", spec, "-o", tmp_path / name)
    for name in FILES if epoch else FILES - {"report.json"}:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_wrong_input(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yaml"
    path.write_text(SPEC.replace("qubits: 4", "qubits: 3"))
    result = run("compile", path, "-o", tmp_path / "out")
    assert (result.status, result.out) == (1, "")
    assert "3 qubits encode at most 8 features; got 16" in result.err
    assert f"{path}:4:" in result.err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("args", [["compile"], ["nonsense"], ["check", "--nonsense"], []])
def test_wrong_usage(run: Run, args: list[str]) -> None:
    assert run(*args).status == 2


def test_a_miscompiled_program_is_a_fault(
    run: Run, spec: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from qslc.lower import device_circuit

    lower = device_circuit.lower_to_device

    def wrong(*args: object, **options: object) -> object:
        lowered = lower(*args, **options)
        program = lowered.program
        return replace(lowered, program=replace(program, operations=program.operations[:-1]))

    monkeypatch.setattr(device_circuit, "lower_to_device", wrong)
    result = run("compile", spec, "-o", tmp_path / "out")
    assert result.status == 3
    assert "deviates" in result.err
    assert not (tmp_path / "out").exists()


def test_check(run: Run, spec: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(SPEC.replace("qubits", "qubit"))
    assert run("check", spec).status == 0
    result = run("check", spec, wrong, "--json")
    assert result.status == 1
    good, bad = json.loads(result.out)
    assert (good["ok"], bad["ok"]) == (True, False)
    assert bad["diagnostics"][0]["span"]["line"] == 3


def test_schema(run: Run) -> None:
    schema = json.loads(run("schema").out)
    Draft202012Validator.check_schema(schema)


def test_devices(run: Run) -> None:
    listed = {
        entry["spelling"]: entry["qubits"] for entry in json.loads(run("devices", "--json").out)
    }
    assert (listed["weber"], listed["rainbow"], listed["line"]) == (53, 23, None)
    assert "{grid: [5, 5]}" in run("devices").out


def test_report_renders_again(run: Run, folder: Path) -> None:
    written = {name: (folder / name).read_text() for name in FILES}
    (folder / "report.html").unlink()
    (folder / "report.md").write_text("")
    assert run("report", folder).status == 0
    assert {name: (folder / name).read_text() for name in FILES} == written


def test_report_of_a_folder_without_one(run: Run, tmp_path: Path) -> None:
    result = run("report", tmp_path)
    assert result.status == 1
    assert "cannot read" in result.err


@pytest.mark.parametrize("key", ["passes", "device", "verification", "drawings", "layout"])
@pytest.mark.parametrize("value", [None, [1], "x", {}])
def test_a_damaged_report(run: Run, folder: Path, key: str, value: object) -> None:
    """Whether the manifest tells of the damage or not."""
    data = json.loads((folder / "report.json").read_text()) | {key: value}
    (folder / "report.json").write_text(json.dumps(data))
    result = run("report", folder)
    assert result.status == 1
    assert "is not the file that the compile wrote" in result.err
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["report.json"] = digest_report(data)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    result = run("report", folder)
    assert result.status in {0, 1}
    assert result.status == 0 or "is damaged" in result.err


def test_report_keeps_the_manifest_whole(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages of another version of qslc are digested anew."""
    monkeypatch.setattr("qslc.artifact.render_markdown", lambda _: "another page\n")
    assert run("report", folder).status == 0
    assert (folder / "report.md").read_text() == "another page\n"
    assert list_changed_files(folder) == []


def test_changed_files_are_listed(folder: Path) -> None:
    assert list_changed_files(folder) == []
    (folder / "layer.py").write_text("x")
    (folder / "report.html").unlink()
    assert list_changed_files(folder) == ["layer.py", "report.html"]
    (folder / "manifest.json").write_text("[" * 100_000)
    assert list_changed_files(folder) == ["manifest.json"]


def test_a_spec_that_may_not_be_read_is_wrong_input(
    run: Run, spec: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.access", lambda *_: False)
    monkeypatch.setattr(Path, "open", refuse)
    result = run("check", spec)
    assert result.status == 1
    assert "cannot be read: Permission denied" in result.err


@pytest.mark.parametrize("args", [["--help"], ["--version"], ["check", "SPEC"], ["schema"]])
def test_quick_commands_import_nothing_heavy(spec: Path, args: list[str]) -> None:
    code = (
        "import sys; sys.argv[0] = 'qslc'\n"
        "from qslc.cli import main\n"
        "try: main()\n"
        "except SystemExit as stop: assert not stop.code, stop.code\n"
        "heavy = {'cirq', 'sympy', 'numpy', 'rustworkx', 'tensorflow', 'keras', 'jinja2'}\n"
        "heavy &= {*sys.modules}\n"
        "assert not heavy, heavy\n"
    )
    args = [str(spec) if arg == "SPEC" else arg for arg in args]
    done = subprocess.run([sys.executable, "-c", code, *args], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("make", [lambda path: sublayer("a", 2), load, lambda path: str(path)])
def test_what_is_not_a_spec_is_not_compiled(spec: Path, tmp_path: Path, make: Any) -> None:
    with pytest.raises(TypeError, match=r"not a Spec: use load\(path\)\.spec"):
        pipeline.compile_to(make(spec), tmp_path / "out")
