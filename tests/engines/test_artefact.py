from __future__ import annotations

import json
from pathlib import Path

import cirq
import pytest
from qslc_runtime import artefact
from qslc_runtime.artefact import PENDING, Artefact, ArtefactError, ArtefactNotFoundError

from tests.engines.folders import folder, spec

SPEC = spec(
    {"kind": "angle", "features": 2},
    {"depth": 1, "entangler": {"gate": "cnot", "pattern": "linear"}},
    ["Z0*Z2", "X1"],
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return folder(tmp_path / "artefact", SPEC)


def test_reads_what_was_written(path: Path) -> None:
    read = Artefact.read(path)
    assert read.qubits == 3
    assert read.weights == ("theta_0", "theta_1", "theta_2")
    assert read.inputs == ("x0", "x1")
    assert read.start == read.end == ("q(0, 3)", "q(0, 2)", "q(0, 1)")
    assert [o.logical for o in read.observables] == ["Z0*Z2", "X1"]
    assert read.observables[0].paulis == ((0, "Z"), (2, "Z"))
    assert read.observables[0].physical == {"q(0, 3)": "Z", "q(0, 1)": "Z"}
    assert read.logical_circuit.all_qubits() == set(cirq.LineQubit.range(3))
    assert read.physical_circuit.all_qubits() == {cirq.GridQubit(0, i) for i in (1, 2, 3)}


def test_no_folder_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ArtefactNotFoundError, match=r"qslc compile SPEC -o .*nowhere"):
        Artefact.read(tmp_path / "nowhere")


def test_wall_times_may_differ(path: Path) -> None:
    report = json.loads((path / "report.json").read_text())
    (path / "report.json").write_text(json.dumps(report | {"seconds": 1.5}))
    assert Artefact.read(path).qubits == 3


def test_an_edited_report_is_refused(path: Path) -> None:
    report = json.loads((path / "report.json").read_text())
    (path / "report.json").write_text(json.dumps(report | {"noise": {}}))
    with pytest.raises(ArtefactError, match=r"report\.json is not the file that the compile wrote"):
        Artefact.read(path)


@pytest.mark.parametrize("name", ["logical", "physical"])
def test_an_edited_circuit_is_refused(path: Path, name: str) -> None:
    (path / f"{name}.json").write_text(cirq.to_json(cirq.Circuit()))
    read = Artefact.read(path)
    with pytest.raises(ArtefactError, match=rf"{name}\.json is not the file"):
        getattr(read, f"{name}_circuit")


def test_a_missing_circuit_is_named(path: Path) -> None:
    (path / "physical.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"physical\.json does not exist"):
        _ = Artefact.read(path).physical_circuit


@pytest.mark.parametrize(
    "text", [b"", b"[1]", b'{"files": ', b"\x00", b"\xff", b"[" * 100_000, b'{"a":' * 100_000]
)
def test_a_damaged_manifest_is_refused(path: Path, text: bytes) -> None:
    (path / "manifest.json").write_bytes(text)
    with pytest.raises(ArtefactError, match=r"manifest\.json is not a JSON object"):
        Artefact.read(path)


@pytest.mark.parametrize("text", ["{}", '{"files": 3}', '{"files": {"report.json": 3}}'])
def test_a_foreign_manifest_is_refused(path: Path, text: str) -> None:
    (path / "manifest.json").write_text(text)
    with pytest.raises(ArtefactError, match="artefact"):
        Artefact.read(path)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "loop"])
def test_a_path_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(ArtefactError):
        Artefact.read(f"{tmp_path}/{name}")


def test_a_report_that_is_nested_too_deeply_is_refused(path: Path) -> None:
    text = b'{"a":' + b"[" * 900 + b"]" * 900 + b"}"
    (path / "report.json").write_bytes(text)
    with pytest.raises(ArtefactError, match=r"report\.json is not"):
        Artefact.read(path)


def test_files_that_a_killed_compile_left_are_read_from_where_they_stand(path: Path) -> None:
    (path / PENDING).mkdir()
    for name in ("manifest.json", "physical.json"):
        (path / name).rename(path / PENDING / name)
    assert Artefact.read(path).physical_circuit.all_qubits()


def test_a_folder_that_is_compiled_anew_while_it_is_read(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest is of the old compile, and the report of the new one."""
    other = folder(tmp_path / "other", spec({"kind": "angle"}, SPEC.ansatz.model_dump(), ["Z0"]))
    read = artefact.read_file

    def read_then_replace(where: Path, name: str, *rest: int) -> bytes:
        content = read(where, name, *rest)
        if other.exists():
            path.rename(tmp_path / "old")
            other.rename(path)
        return content

    monkeypatch.setattr(artefact, "read_file", read_then_replace)
    assert [o.logical for o in Artefact.read(path).observables] == ["Z0"]


def test_a_layer_of_another_spec_is_refused(path: Path) -> None:
    other = type("Other", (), {"DIGEST": "sha256:0"})
    with pytest.raises(ArtefactError, match="Other was generated from another spec"):
        Artefact.read(path).check_layer(other)
