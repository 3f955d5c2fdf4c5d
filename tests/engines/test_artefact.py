from __future__ import annotations

import json
from pathlib import Path

import cirq
import pytest
from qslc_runtime.artefact import Artefact, ArtefactError, ArtefactNotFoundError

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
    artefact = Artefact.read(path)
    assert artefact.qubits == 3
    assert artefact.weights == ("theta_0", "theta_1", "theta_2")
    assert artefact.inputs == ("x0", "x1")
    assert artefact.start == artefact.end == ("q(0, 3)", "q(0, 2)", "q(0, 1)")
    assert [o.logical for o in artefact.observables] == ["Z0*Z2", "X1"]
    assert artefact.observables[0].paulis == ((0, "Z"), (2, "Z"))
    assert artefact.observables[0].physical == {"q(0, 3)": "Z", "q(0, 1)": "Z"}
    assert artefact.logical_circuit.all_qubits() == set(cirq.LineQubit.range(3))
    assert artefact.physical_circuit.all_qubits() == {cirq.GridQubit(0, i) for i in (1, 2, 3)}


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
    artefact = Artefact.read(path)
    with pytest.raises(ArtefactError, match=rf"{name}\.json is not the file"):
        getattr(artefact, f"{name}_circuit")


def test_a_missing_circuit_is_named(path: Path) -> None:
    (path / "physical.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"physical\.json does not exist"):
        _ = Artefact.read(path).physical_circuit


@pytest.mark.parametrize("text", ["", "[1]", '{"files": ', "\x00"])
def test_a_damaged_manifest_is_refused(path: Path, text: str) -> None:
    (path / "manifest.json").write_text(text)
    with pytest.raises(ArtefactError, match=r"manifest\.json is not a JSON object"):
        Artefact.read(path)


@pytest.mark.parametrize("text", ["{}", '{"files": 3}', '{"files": {"report.json": 3}}'])
def test_a_foreign_manifest_is_refused(path: Path, text: str) -> None:
    (path / "manifest.json").write_text(text)
    with pytest.raises(ArtefactError, match="artefact"):
        Artefact.read(path)


def test_a_layer_of_another_spec_is_refused(path: Path) -> None:
    other = type("Other", (), {"DIGEST": "sha256:0"})
    with pytest.raises(ArtefactError, match="Other was generated from another spec"):
        Artefact.read(path).check_layer(other)
