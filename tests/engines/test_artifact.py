from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import cirq
import pytest
from qslc_runtime import folder as files
from qslc_runtime.artifact import Artifact, ArtifactError, ArtifactNotFoundError, Inputs
from qslc_runtime.folder import FORMAT, PENDING

from qslc.pipeline import compile_to
from tests.engines.folders import folder, spec, write

SPEC = spec(
    {"kind": "angle", "features": 2},
    {"depth": 1, "entangler": {"gate": "cnot", "pattern": "linear"}},
    ["Z0*Z2", "X1"],
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return folder(tmp_path / "artifact", SPEC)


def test_reads_what_was_written(path: Path) -> None:
    read = Artifact.read(path)
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
    with pytest.raises(ArtifactNotFoundError, match=r"qslc compile SPEC -o .*nowhere"):
        Artifact.read(tmp_path / "nowhere")


def test_wall_times_may_differ(path: Path) -> None:
    report = json.loads((path / "report.json").read_text())
    (path / "report.json").write_text(json.dumps(report | {"seconds": 1.5}))
    assert Artifact.read(path).qubits == 3


@pytest.mark.parametrize("name", ["report", "logical", "physical"])
def test_an_edited_file_is_refused(path: Path, name: str) -> None:
    (path / f"{name}.json").write_text("{}")
    with pytest.raises(ArtifactError, match=rf"{name}\.json is not the file that the compile"):
        getattr(Artifact.read(path), f"{name}_circuit")


def test_a_missing_circuit_is_named(path: Path) -> None:
    (path / "physical.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"physical\.json does not exist"):
        _ = Artifact.read(path).physical_circuit


@pytest.mark.parametrize(
    "text", [b"", b"[1]", b'{"files": ', b"\x00", b"\xff", b"[" * 100_000, b'{"a":' * 100_000]
)
def test_a_damaged_manifest_is_refused(path: Path, text: bytes) -> None:
    (path / "manifest.json").write_bytes(text)
    with pytest.raises(ArtifactError, match=r"manifest\.json is not a JSON object"):
        Artifact.read(path)


@pytest.mark.parametrize("text", ["{}", '{"files": 3}', '{"files": {"report.json": 3}}'])
def test_a_foreign_manifest_is_refused(path: Path, text: str) -> None:
    (path / "manifest.json").write_text(text)
    with pytest.raises(ArtifactError, match="artifact"):
        Artifact.read(path)


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "loop"])
def test_a_path_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(ArtifactError):
        Artifact.read(f"{tmp_path}/{name}")


def test_a_report_that_is_nested_too_deeply_is_refused(path: Path) -> None:
    text = b'{"a":' + b"[" * 900 + b"]" * 900 + b"}"
    (path / "report.json").write_bytes(text)
    with pytest.raises(ArtifactError, match=r"report\.json is not"):
        Artifact.read(path)


def test_files_that_a_killed_compile_left_are_read_from_where_they_stand(path: Path) -> None:
    (path / PENDING).mkdir()
    for name in ("manifest.json", "physical.json"):
        (path / name).rename(path / PENDING / name)
    assert Artifact.read(path).physical_circuit.all_qubits()


def test_a_folder_that_is_compiled_anew_while_it_is_read(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest is of the old compile, and the report of the new one."""
    other = folder(tmp_path / "other", spec({"kind": "angle"}, SPEC.ansatz.model_dump(), ["Z0"]))
    read = files.read_file

    def read_then_replace(where: Path, name: str, *rest: int) -> bytes:
        content = read(where, name, *rest)
        if other.exists():
            path.rename(tmp_path / "old")
            other.rename(path)
        return content

    monkeypatch.setattr(files, "read_file", read_then_replace)
    assert [o.logical for o in Artifact.read(path).observables] == ["Z0"]


def test_a_layer_of_another_spec_is_refused(path: Path) -> None:
    other = type("Other", (), {"DIGEST": "sha256:0"})
    with pytest.raises(ArtifactError, match="Other was generated from another spec"):
        Artifact.read(path).check_layer(other)


def _edit_manifest(path: Path, **changes: Any) -> None:
    manifest = json.loads((path / "manifest.json").read_text()) | changes
    kept = {key: value for key, value in manifest.items() if value is not None}
    (path / "manifest.json").write_text(json.dumps(kept))


@pytest.fixture(scope="module", params=["angle", "bias", "iqp", "none", "reference"])
def compiled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile a folder of today's format, for each way of starting a circuit."""
    encoder = {
        "angle": {"kind": "angle", "features": 2},
        "bias": {"kind": "amplitude", "features": 3, "pad": "bias"},
        "iqp": {"kind": "iqp"},
        "none": {"kind": "none"},
        "reference": {"kind": "amplitude", "features": 2, "pad": "reference"},
    }[request.param]
    path = tmp_path_factory.mktemp("compiled")
    compile_to(spec(encoder, {"depth": 1, "entangler": "none"}), path)
    return path


def test_folders_of_both_formats_say_the_same(compiled: Path, tmp_path: Path) -> None:
    """Format 1 has no number and no inputs: they follow from the encoder in the report."""
    before = shutil.copytree(compiled, tmp_path / "format_1")
    _edit_manifest(before, format=None, inputs=None)
    now = Artifact.read(compiled)
    assert dataclasses.replace(Artifact.read(before), folder=compiled) == now
    assert json.loads((compiled / "manifest.json").read_text())["format"] == FORMAT


@pytest.mark.parametrize("number", [FORMAT + 1, 1000])
def test_a_later_format_is_refused_in_one_sentence(path: Path, number: int) -> None:
    _edit_manifest(path, format=number)
    message = rf"was written by a later version of qslc \(format {number}; .*\): update it, or"
    with pytest.raises(ArtifactError, match=message):
        Artifact.read(path)


@pytest.mark.parametrize("number", [0, -1, "2", 2.0, True, []])
def test_a_format_that_never_was_is_refused(path: Path, number: object) -> None:
    _edit_manifest(path, format=number)
    with pytest.raises(ArtifactError, match=r"format of manifest\.json"):
        Artifact.read(path)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"inputs": None}, r"manifest\.json has no inputs"),
        ({"inputs": {"amplitudes": False, "bias": False}}, "has no inputs.angles"),
        ({"inputs": {"angles": [3], "amplitudes": False, "bias": False}}, "inputs.angles of"),
        ({"inputs": {"angles": [], "amplitudes": 1, "bias": False}}, "inputs.amplitudes of"),
        ({"spec": 3}, r"spec of manifest\.json is of type int"),
    ],
)
def test_errors_name_the_file_and_the_key(path: Path, changes: Any, named: str) -> None:
    _edit_manifest(path, format=FORMAT, **{"inputs": {}, **changes})
    with pytest.raises(ArtifactError, match=named):
        Artifact.read(path)


@pytest.mark.parametrize(
    ("key", "value", "named"),
    [
        ("spec", {"qubits": 3}, r"report\.json has no spec\.encoder"),
        ("spec", {"qubits": 3, "encoder": {"kind": "new"}}, "its encoder is new"),
        ("layout", {"start": {}, "end": {}}, r"report\.json has no layout\.start\.0"),
        ("observables", [3], r"observables\[0\] of report\.json is of type int"),
        ("observables", [{"logical": "Z0", "physical": {}}], r"observables\[0\]\.sign"),
        ("weights", ["theta_0", 1], r"weights of report\.json is no list of texts"),
        ("noise", 3, r"noise of report\.json is of type int"),
    ],
)
def test_a_report_of_another_form_names_the_key(
    tmp_path: Path, key: str, value: Any, named: str
) -> None:
    path = folder(tmp_path / "artifact", SPEC)
    report = json.loads((path / "report.json").read_text()) | {key: value}
    files = {
        f"{name}.json": (path / f"{name}.json").read_text() for name in ("logical", "physical")
    }
    write(path, SPEC, files, report)
    with pytest.raises(ArtifactError, match=named):
        Artifact.read(path)


def test_the_former_names_still_work() -> None:
    import qslc_runtime

    with pytest.warns(DeprecationWarning, match=r"qslc_runtime\.Artifact"):
        assert qslc_runtime.Artefact is Artifact
    with pytest.warns(DeprecationWarning, match=r"qslc_runtime\.artifact\.ArtifactError"):
        from qslc_runtime.artefact import ArtefactError
    assert ArtefactError is ArtifactError


STORED = Path(__file__).parents[1] / "golden" / "compile_format_1.json"
"""The files of a compile before manifests had a number."""


def _unpack(path: Path) -> Path:
    path.mkdir()
    for name, text in json.loads(STORED.read_text(encoding="utf-8")).items():
        (path / name).write_text(text, encoding="utf-8")
    return path


def test_a_stored_folder_of_the_first_format_is_read(tmp_path: Path) -> None:
    stored = _unpack(tmp_path / "stored")
    read = Artifact.read(stored)
    assert (read.qubits, read.inputs, read.taken) == (3, ("x0", "x1"), Inputs(("x0", "x1")))
    assert [o.logical for o in read.observables] == ["Z0*Z2", "X1"]
    assert len(read.logical_circuit.all_qubits()) == 3
    assert read.physical_circuit.all_qubits()


@pytest.mark.slow
def test_the_layer_of_a_stored_folder_still_runs(tmp_path: Path) -> None:
    import numpy as np
    import qslc_runtime

    layer = qslc_runtime.load(_unpack(tmp_path / "stored"))(units=2)
    assert layer(np.zeros((1, 2), np.float32)).shape == (1, 2)
