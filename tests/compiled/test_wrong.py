"""What cannot be compiled, opened or drawn is one error for people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import qslc
from tests.compiled.cases import TEXT, compile_case


def fail(action, *arguments) -> str:
    with pytest.raises(qslc.InputError) as error:
        action(*arguments)
    return str(error.value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return compile_case("angle").save(tmp_path / "made")


def test_what_is_no_compile(tmp_path, folder):
    spec = tmp_path / "small.yaml"
    spec.write_text(TEXT.format(encoder="angle"))
    assert "missing does not exist" in fail(qslc.open, tmp_path / "missing")
    assert "holds no compile: it has no manifest.json" in fail(qslc.open, tmp_path)
    found = fail(qslc.open, spec)
    assert "is a file, not a folder" in found and "qslc.compile in Python" in found
    found = fail(qslc.compile, str(folder))
    assert "is a compiled folder" in found and "qslc.open(" in found
    assert "nothing.yaml does not exist" in fail(qslc.compile, "nothing.yaml")
    with pytest.raises(TypeError, match=r"got a int; qslc\.compile takes"):
        qslc.compile(3)
    with pytest.raises(TypeError, match=r"got a list.*circuit\(TEXT.*OpenQASM of Qiskit"):
        qslc.compile([], inputs=["x"])
    assert "is a circuit, not a spec" in fail(qslc.compile, "my.qasm")
    with pytest.raises(TypeError, match="go with a circuit"):
        qslc.compile(spec, inputs=["x"])


def test_a_spec_that_is_wrong_is_shown_with_its_line(tmp_path):
    text = TEXT.format(encoder="angle").replace("depth: 2", "depth: two")
    assert fail(qslc.compile, text).startswith("<string>:5:17: error: ")
    small = TEXT.format(encoder="angle").replace("[2, 3]", "[1, 2]")
    found = fail(qslc.compile, small)
    assert found.startswith("<string>:7:") and "^" in found


@pytest.mark.parametrize("name", ["logical.json", "report.json", "layer.py"])
def test_a_file_that_was_changed_or_lost(folder, name):
    path = folder / name
    text = path.read_text("utf-8")
    path.write_text(text.replace("1", "2", 1), "utf-8")
    assert f"{name} is not the file that the compile wrote" in fail(qslc.open, folder)
    path.unlink()
    assert f"{name} does not exist" in fail(qslc.open, folder)


def test_a_manifest_names_no_files_elsewhere(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["files"]["../secret"] = "sha256:0"
    (folder / "manifest.json").write_text(json.dumps(manifest))
    (folder.parent / "secret").write_text("")
    assert "../secret" not in qslc.open(folder).files


def test_a_later_format_is_refused(folder):
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 99}))
    assert "later version of qslc" in fail(qslc.open, folder)


def test_what_is_not_ours_is_not_overwritten(tmp_path):
    (tmp_path / "layer.py").write_text("mine")
    assert "was not written by qslc" in fail(compile_case("angle").save, tmp_path)
    assert (tmp_path / "layer.py").read_text() == "mine"


def test_without_keras_one_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr("qslc.extras.find_spec", lambda _: None)
    opened = qslc.Compiled(compile_case("angle").files)
    assert 'pip install "qslc[keras]"' in fail(opened.layer)


def test_a_report_of_another_version(folder):
    from qslc.report.compilation.model import parse_report

    data = json.loads((folder / "report.json").read_text("utf-8"))
    del data["physical"]["depth"]
    assert "physical.depth is wrong" in fail(parse_report, data)


def test_an_old_folder_is_opened(tmp_path):
    stored = Path(__file__).parents[1] / "golden" / "compile_format_1.json"
    for name, text in json.loads(stored.read_text("utf-8")).items():
        (tmp_path / name).write_text(text, "utf-8")
    opened = qslc.open(tmp_path)
    assert opened.name == "test" and opened.report.verdict is None
    assert len(opened.observables) == 2 and len(opened.device_circuit) == 5
