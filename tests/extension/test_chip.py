"""A chip from outside: one entry of ``DEVICES`` goes the whole way."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

import qslc
from qslc.cli import app
from qslc.diagnostics import InputError
from qslc.spec import schema
from qslc.spec.devices import build_device
from qslc.targets.device import Calibration, Device
from qslc.targets.devices import DEVICES, NamedDevice
from qslc.targets.shapes import Shape, read_picture
from tests.extension.stages import check_engines, check_fold

YAML = """qslc: 1
name: chipped
qubits: 3
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cnot, pattern: ring}}
device: cross
noise: device
optimize: {objective: fidelity}
"""


def calibrate(bare: Device) -> Calibration:
    size = len(bare.coordinates)
    return Calibration(
        "notebook of the cross",
        one_qubit=(0.001,) * size,
        two_qubit=tuple(0.01 + 0.001 * i for i in range(len(bare.edges))),
        readout=((0.02, 0.03),) * size,
        t1_micros=(50.0,) * size,
        t2_micros=(40.0,) * size,
        two_qubit_ns=60.0,
    )


CROSS = NamedDevice(
    "cross", "five qubits around one", read_picture((".x.", "xxx", ".x.")), ("cnot",), calibrate
)


@pytest.fixture(autouse=True)
def _known() -> Iterator[None]:
    with DEVICES.temporarily(CROSS):
        yield


def test_the_builder_and_yaml_mean_the_same() -> None:
    built = qslc.sublayer("chipped", qubits=3).angle().layers(depth=1).on("cross").noise("device")
    assert built.optimize(objective="fidelity").spec() == qslc.parse(YAML)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("device: cross", "device: corss", 'did you mean "cross"'),
        ("qubits: 3", "qubits: 6", "cross has 5 qubits, 0 to 4"),
        ("device: cross", "device: line", "choose the device rainbow, weber or cross"),
    ],
)
def test_the_checks_know_it(old: str, new: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        qslc.parse(YAML.replace(old, new))


def test_the_json_schema_knows_it() -> None:
    spec = {
        "qslc": 1,
        "name": "a",
        "qubits": 1,
        "encoder": {"kind": "none"},
        "ansatz": {"depth": 1, "entangler": "none"},
    }
    jsonschema.validate({**spec, "device": "cross"}, schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**spec, "device": "star"}, schema())


def test_it_is_listed() -> None:
    result = CliRunner().invoke(app, ["devices", "--json"], catch_exceptions=False)
    assert json.loads(result.output)[-1] == {
        "spelling": "cross",
        "qubits": 5,
        "couplers": 4,
        "gates": ["cnot"],
        "calibrated": True,
        "about": "five qubits around one",
    }


def test_it_is_compiled_for_verified_and_reported(tmp_path: Path) -> None:
    report = qslc.compile_to(qslc.parse(YAML), tmp_path)
    assert report["verification"]["verdict"] == "equal"
    assert report["device"] == {"name": "cross", "qubits": 5, "edges": 4, "gates": ["cnot"]}
    assert report["noise"]["source"] == "notebook of the cross, moments of 60 ns"
    assert report["error_budget"]["basis"] == "notebook of the cross"
    assert report["estimated_fidelity"]["chosen"] > 0.7
    assert "notebook of the cross" in (tmp_path / "report.md").read_text(encoding="utf-8")
    assert "Compiled for the device cross." in (tmp_path / "layer.py").read_text(encoding="utf-8")


@pytest.mark.slow
def test_every_engine_runs_its_layer_and_it_is_folded(tmp_path: Path) -> None:
    qslc.compile_to(qslc.parse(YAML.replace("noise: device", "noise: none")), tmp_path)
    check_engines(tmp_path)
    check_fold(tmp_path)


@pytest.mark.parametrize("field", [f.name for f in fields(NamedDevice) if f.default is MISSING])
def test_what_it_leaves_out_is_named(field: str) -> None:
    entry = replace(CROSS, **{"name": "other", field: () if field == "gates" else ""})
    with pytest.raises(TypeError, match=f"does not define {field}"):
        DEVICES.add(entry)


def test_without_a_calibration_its_noise_is_unknown() -> None:
    with (
        DEVICES.temporarily(replace(CROSS, name="bare", calibration=None)),
        pytest.raises(InputError, match="no calibration of bare is known"),
    ):
        qslc.parse(YAML.replace("cross", "bare"))


@pytest.mark.parametrize("field", ["one_qubit", "two_qubit", "readout", "t1_micros", "t2_micros"])
def test_a_calibration_that_does_not_fit_is_named(field: str) -> None:
    entry = replace(
        CROSS, name="bad", calibration=lambda bare: replace(calibrate(bare), **{field: ()})
    )
    with (
        DEVICES.temporarily(entry),
        pytest.raises(ValueError, match=f"the device 'bad' has 0 entries of {field}"),
    ):
        build_device("bad", 3)


def test_an_unknown_native_gate_is_named() -> None:
    with (
        DEVICES.temporarily(replace(CROSS, name="odd", gates=("cnot", "foo"))),
        pytest.raises(ValueError, match="the device 'odd' has the native gate 'foo'; known are cz"),
    ):
        build_device("odd", 3)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"one_qubit": (-1.0,) * 5}, "one_qubit error -1, which is no probability"),
        ({"readout": ((0.1, 2.0),) * 5}, "readout error 2, which is no probability"),
        ({"t2_micros": (101.0,) * 5}, "T2 of 101 us beside a T1 of 50 us; 0 to 100 is possible"),
    ],
)
def test_a_calibration_that_cannot_be_is_named(changes: dict[str, Any], message: str) -> None:
    entry = replace(CROSS, name="bad", calibration=lambda bare: replace(calibrate(bare), **changes))
    with DEVICES.temporarily(entry), pytest.raises(ValueError, match=f"'bad' has .*{message}"):
        build_device("bad", 3)


def test_a_calibration_that_is_none_is_named() -> None:
    entry: Any = replace(CROSS, name="bad", calibration=lambda _: None)
    with (
        DEVICES.temporarily(entry),
        pytest.raises(TypeError, match="the calibration of the device 'bad' is None"),
    ):
        build_device("bad", 3)


@pytest.mark.parametrize(
    ("coordinates", "edges", "message"),
    [
        (((0,), (0,)), ((0, 1),), "two qubits at one place"),
        (((0,), (1,)), ((0, 9),), r"the coupler \(0, 9\): of its qubits, 0 to 1, the smaller"),
        (((0,), (1,)), ((1, 0),), r"the coupler \(1, 0\)"),
        (((0,), (1,)), ((0, 1), (0, 1)), "each of them once"),
    ],
)
def test_a_shape_that_cannot_be_is_an_error(coordinates: Any, edges: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Shape(coordinates, edges)
