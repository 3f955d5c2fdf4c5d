"""Loading a class from a folder, and a saved model in a process that knows only the folder."""

from __future__ import annotations

import inspect
import json
import os
import py_compile
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
import qslc_runtime
from qslc_runtime.artifact import ArtifactError
from qslc_runtime.folder import PENDING
from qslc_runtime.layer import loading

from tests.layer.layer_programs import load, make_spec, write_layer
from tests.layer.other_backends import run

pytestmark = pytest.mark.slow

FRESH = """
import sys, numpy, keras, qslc_runtime
folder, model, data = sys.argv[1:]
qslc_runtime.load(folder)
arrays = numpy.load(data)
loaded = keras.saving.load_model(model, safe_mode=True)
y = loaded.predict(arrays["x"], verbose=0)
assert y.tobytes() == arrays["y"].tobytes(), abs(y - arrays["y"]).max()
"""


def test_a_saved_model_predicts_the_same_bits_in_a_fresh_process(tmp_path: Path) -> None:
    encoder = {"kind": "amplitude", "features": 6, "project": "orthogonal"}
    layer = load(tmp_path / "qsl", make_spec(encoder=encoder))
    model = keras.Sequential(
        [keras.Input((None, 9)), layer(units=4, up_projection="fixed"), layer(units=2)]
    )
    x = np.random.default_rng(0).normal(size=(3, 5, 9)).astype(np.float32)
    for weight in model.trainable_weights:
        weight.assign(np.random.default_rng(1).normal(size=weight.shape))
    np.savez(tmp_path / "data.npz", x=x, y=model.predict(x, verbose=0))
    model.save(tmp_path / "model.keras")
    paths = [tmp_path / name for name in ("qsl", "model.keras", "data.npz")]
    assert run("tensorflow", FRESH, *paths) == ""


def test_the_same_folder_gives_the_same_class_and_a_changed_one_another(tmp_path: Path) -> None:
    first = load(tmp_path, make_spec())
    assert qslc_runtime.load(str(tmp_path)) is first
    assert first.__module__ in sys.modules
    changed = load(tmp_path, make_spec(qubits=4))
    assert (first.QUBITS, changed.QUBITS) == (3, 4)


def test_a_folder_without_a_layer(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="qslc compile SPEC -o"):
        qslc_runtime.load(tmp_path)
    (tmp_path / "layer").mkdir()
    file = tmp_path / "layer" / "layer.py"
    file.touch()
    with pytest.raises(FileNotFoundError, match=r"folder of an adapter; its layer is .*/layer$"):
        qslc_runtime.load(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"layer\.py is a file; name the folder"):
        qslc_runtime.load(file)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("__all__ = ['x']\nx = 1\n", "is not a layer that qslc generated"),
        ("", "is not a layer that qslc generated"),
        ("def broken(:\n", "cannot be imported: invalid syntax"),
    ],
)
def test_a_file_that_is_no_layer(text: str, message: str, tmp_path: Path) -> None:
    write_layer(tmp_path, make_spec())
    (tmp_path / "layer.py").write_text(text, encoding="utf-8")
    with pytest.raises(ImportError, match=message):
        qslc_runtime.load(tmp_path, allow_changed=True)


def test_an_edited_layer_is_named_and_not_run(tmp_path: Path) -> None:
    edited = write_layer(tmp_path, make_spec()) / "layer.py"
    ran = tmp_path / "ran"
    edited.write_text(f"{edited.read_text()}\nopen({str(ran)!r}, 'w').close()\n")
    with pytest.raises(ValueError, match=r"layer\.py is not the file that .*allow_changed=True"):
        qslc_runtime.load(tmp_path)
    assert not ran.exists()
    assert qslc_runtime.load(tmp_path, allow_changed=True).QUBITS == 3
    assert ran.exists()


def test_a_layer_without_a_manifest_is_not_run(tmp_path: Path) -> None:
    (write_layer(tmp_path, make_spec()) / "manifest.json").unlink()
    with pytest.raises(FileNotFoundError, match=r"manifest\.json does not exist.*allow_changed"):
        qslc_runtime.load(tmp_path)
    assert qslc_runtime.load(tmp_path, allow_changed=True).QUBITS == 3


@pytest.mark.parametrize(
    "text",
    [
        *(b"", b"[1]", b"[" * 100_000, b'{"files": ' * 100_000, b"\xff", b"{}"),
        *(b'{"files": 3}', b'{"files": {}}', b'{"files": {"layer.py": 3}}'),
        b" " * 2_000_000 + b"{}",
    ],
)
def test_a_manifest_that_is_none(text: bytes, tmp_path: Path) -> None:
    (write_layer(tmp_path, make_spec()) / "manifest.json").write_bytes(text)
    with pytest.raises(ArtifactError, match="compile"):
        qslc_runtime.load(tmp_path)


def test_what_is_run_is_what_was_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file changes after it was read, and a cached byte code of it says something else."""
    path = write_layer(tmp_path, make_spec(name="checked")) / "layer.py"
    source = path.read_text()
    path.write_text("raise SystemExit")
    py_compile.compile(str(path), doraise=True)
    path.write_text(source)
    read = loading.read_checked

    def read_then_change(*names):
        found = read(*names)
        path.write_text("raise SystemExit")
        return found

    monkeypatch.setattr(loading, "read_checked", read_then_change)
    layer = qslc_runtime.load(tmp_path)
    assert layer.QUBITS == 3
    assert inspect.getfile(layer) == str(path)


def test_loading_writes_nothing_into_the_folder(tmp_path: Path) -> None:
    load(tmp_path, make_spec(name="clean"))
    assert {entry.name for entry in tmp_path.iterdir()} == {"layer.py", "manifest.json"}


@pytest.mark.parametrize("name", ["a\0b", "x" * 5000, "loop", "pipe"])
def test_a_folder_that_is_none(name: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "pipe").mkdir()
    os.mkfifo(tmp_path / "pipe" / "layer.py")
    with pytest.raises(ArtifactError):
        qslc_runtime.load(f"{tmp_path}/{name}")


def test_an_interrupted_compile_counts_as_done(tmp_path: Path) -> None:
    """The files that were not yet moved into place are read from where they stand."""
    old = write_layer(tmp_path / "folder", make_spec())
    new = write_layer(tmp_path / "new", make_spec(qubits=4))
    new.replace(old / PENDING)
    assert qslc_runtime.load(old).QUBITS == 4
    (old / PENDING / "manifest.json").replace(old / "manifest.json")
    assert qslc_runtime.load(old).QUBITS == 4


def test_the_package_imports_no_keras_until_it_is_needed() -> None:
    code = "import sys, qslc_runtime, qslc_runtime.tables; assert 'keras' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize(
    "name", ["DIGEST", "QUBITS", "FEATURES", "ENCODER", "PROJECT", "WEIGHTS", "OBSERVABLES"]
)
def test_a_class_that_does_not_state_all_is_refused_by_name(name: str, tmp_path: Path) -> None:
    layer = write_layer(tmp_path, make_spec()) / "layer.py"
    lines = layer.read_text(encoding="utf-8").split("\n")
    kept = [line for line in lines if not line.startswith(f"    {name} = ")]
    assert len(kept) == len(lines) - 1
    layer.write_text("\n".join(kept), encoding="utf-8")
    with pytest.raises(ImportError, match=f"another version of qslc: Small has no {name}; compile"):
        qslc_runtime.load(tmp_path, allow_changed=True)


def test_a_layer_of_a_later_format_is_refused(tmp_path: Path) -> None:
    manifest = write_layer(tmp_path, make_spec()) / "manifest.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"format": 1000}))
    with pytest.raises(ValueError, match="was written by a later version of qslc"):
        qslc_runtime.load(tmp_path)
