"""A package from outside gives a device, an engine and a family by its entry points."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "examples" / "extension_package"

SPEC = """qslc: 1
name: outside
qubits: 2
encoder: {kind: amplitude, features: 4}
ansatz: {depth: 1, entangler: {gate: cnot, pattern: linear}}
device: ladder
noise: device
"""


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """A folder as ``pip install --target`` leaves it: the package beside its metadata."""
    tomllib = pytest.importorskip("tomllib", reason="from Python 3.11 on")
    project = tomllib.loads((PACKAGE / "pyproject.toml").read_text())["project"]
    target = tmp_path / "site"
    info = target / f"qslc_example-{project['version']}.dist-info"
    info.mkdir(parents=True)
    (target / "qslc_example").symlink_to(PACKAGE / "qslc_example")
    header = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (info / "METADATA").write_text(header)
    groups = project["entry-points"].items()
    lines = (
        line
        for group, points in groups
        for line in (f"[{group}]", *(f"{name} = {where}" for name, where in points.items()))
    )
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return target


def run(code: str, target: Path) -> str:
    path = os.pathsep.join([str(target), os.environ.get("PYTHONPATH", "")])
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        cwd=target.parent,
        env={**os.environ, "PYTHONPATH": path},
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


def test_its_device_is_listed_and_compiled_for(installed: Path) -> None:
    (installed.parent / "outside.yaml").write_text(SPEC)
    listed = json.loads(run("from qslc.cli import app; app(['devices', '--json'])", installed))
    ladder = listed[-1]
    assert (ladder["spelling"], ladder["qubits"], ladder["couplers"]) == ("ladder", 6, 7)
    assert ladder["calibrated"]
    code = """
import qslc
report = qslc.compile_to(qslc.load("outside.yaml").spec, "out")
print(report["verification"]["verdict"], report["noise"]["source"])
"""
    assert "equal data sheet of the ladder, moments of 25 ns, with two-qubit gates 32 ns" in run(
        code, installed
    )


@pytest.mark.parametrize(
    ("name", "where", "message"),
    [
        ("ladder", "qslc_example.nowhere:LADDER", "No module named 'qslc_example.nowhere'"),
        ("weber", "qslc_example.device:LADDER", "it is not a NamedDevice of that name"),
        ("ladder", "qslc_example.device:calibrate", "it is not a NamedDevice of that name"),
    ],
)
def test_a_broken_entry_point_names_its_package(
    installed: Path, name: str, where: str, message: str
) -> None:
    points = next(installed.glob("*.dist-info")) / "entry_points.txt"
    points.write_text(f"[qslc.devices]\n{name} = {where}\n")
    code = """
from qslc.diagnostics import InputError
try:
    import qslc.spec
except InputError as error:
    print(error)
"""
    expected = (
        f"the entry point '{name}' of qslc-example (qslc.devices) cannot be loaded: {message}"
    )
    assert expected in run(code, installed)


@pytest.mark.slow
def test_its_engine_and_its_family_work(installed: Path) -> None:
    (installed.parent / "outside.yaml").write_text(SPEC)
    code = """
import numpy as np, qslc, qslc_runtime
from qslc_example.models import TinyBackbone
qslc.compile_to(qslc.load("outside.yaml").spec, "out")
layer = qslc_runtime.load("out")
x = np.eye(4, dtype="float32")
exact, sampled = layer(seed=1), layer(seed=1, engine="binomial", engine_options={"shots": 10000})
difference = np.abs(np.asarray(exact(x)) - np.asarray(sampled(x))).max()
assert 0 < difference < 0.05, difference
try:
    sampled.fold()
except ValueError as error:
    assert 'runs on engine "binomial"' in str(error), error
else:
    raise AssertionError("a sampling engine was folded")
sizes = dict(vocabulary_size=40, num_layers=1, num_heads=2, hidden_dim=4, intermediate_dim=8)
model = TinyBackbone(**sizes)
qslc_runtime.insert(model, layer)
model.save("tiny.keras")
tokens = {"token_ids": np.ones((1, 3), "int32"), "padding_mask": np.ones((1, 3), "int32")}
np.save("values.npy", model(tokens))
"""
    run(code, installed)
    code = """
import keras, numpy as np, qslc_runtime
qslc_runtime.load("out")
model = keras.models.load_model("tiny.keras")
tokens = {"token_ids": np.ones((1, 3), "int32"), "padding_mask": np.ones((1, 3), "int32")}
np.testing.assert_array_equal(model(tokens), np.load("values.npy"))
print(type(model).__name__)
"""
    assert "AdaptedTinyBackbone" in run(code, installed)
