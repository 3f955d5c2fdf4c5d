"""A chip from outside: one entry of ``DEVICES`` goes the whole way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner

import qslc
from qslc.cli import app
from qslc.diagnostics import InputError
from qslc.spec.devices import build_device
from qslc.targets.device import Calibration, Device
from qslc.targets.devices import DEVICES, NamedDevice
from qslc.targets.shapes import Shape, read_picture
from tests.extension.stages import WholeWay


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


class TestChip(WholeWay):
    table = DEVICES
    entry = CROSS
    text = """qslc: 1
name: chipped
qubits: 3
encoder: {kind: angle}
ansatz: {depth: 1, entangler: {gate: cnot, pattern: ring}}
device: cross
noise: device
optimize: {objective: fidelity}
"""
    part = "device: cross\nnoise: device"
    wrong = (
        ("device: corss", 'did you mean "cross"'),
        (
            "device: line\nnoise: device",
            "choose the device rainbow, weber, willow, aachen, nighthawk or cross",
        ),
    )
    shown = (
        ("report.md", "notebook of the cross"),
        ("layer.py", "Compiled for the device cross."),
    )

    def list_texts(self):
        return [self.text.replace("noise: device", "noise: none")]

    def built(self):
        begun = qslc.sublayer("chipped", qubits=3).angle().layers(depth=1).on("cross")
        return begun.noise("device").optimize(objective="fidelity")

    def check_report(self, report, folder) -> None:
        assert report["device"] == {"name": "cross", "qubits": 5, "edges": 4, "gates": ["cnot"]}
        assert report["noise"]["source"] == (
            "notebook of the cross, moments of 25 ns, with two-qubit gates 60 ns"
        )
        assert report["error_budget"]["basis"] == "notebook of the cross"
        assert report["estimated_fidelity"]["chosen"] > 0.7

    def test_it_may_be_too_small(self) -> None:
        with pytest.raises(InputError, match="cross has 5 qubits, 0 to 4"):
            qslc.parse(self.text.replace("qubits: 3", "qubits: 6"))

    def test_it_is_listed(self) -> None:
        result = CliRunner().invoke(app, ["devices", "--json"], catch_exceptions=False)
        assert json.loads(result.output)[-1] == {
            "spelling": "cross",
            "qubits": 5,
            "couplers": 4,
            "gates": ["cnot"],
            "calibrated": True,
            "about": "five qubits around one",
        }

    def test_without_a_calibration_its_noise_is_unknown(self) -> None:
        with (
            DEVICES.temporarily(replace(CROSS, name="bare", calibration=None)),
            pytest.raises(InputError, match="no calibration of bare is known"),
        ):
            qslc.parse(self.text.replace("cross", "bare"))


def changed(**changes: Any) -> Callable[[Device], Calibration]:
    return lambda bare: replace(calibrate(bare), **changes)


FIELDS = ("one_qubit", "two_qubit", "readout", "t1_micros", "t2_micros")


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"gates": ("cnot", "foo")}, ValueError, "the native gate 'foo'; known are cz"),
        ({"calibration": lambda _: None}, TypeError, "is None"),
        *(
            ({"calibration": changed(**{field: ()})}, ValueError, f"has 0 entries of {field}")
            for field in FIELDS
        ),
        *(
            ({"calibration": changed(**{field: values})}, ValueError, message)
            for field, values, message in (
                ("one_qubit", (-1.0,) * 5, "one_qubit error -1, which is no probability"),
                ("readout", ((0.1, 2.0),) * 5, "readout error 2, which is no probability"),
                ("t2_micros", (101.0,) * 5, "T2 of 101 us beside a T1 of 50 us; 0 to 100 is poss"),
            )
        ),
    ],
)
def test_a_device_that_cannot_be_is_named(changes, error, message) -> None:
    entry = replace(CROSS, name="bad", **changes)
    with DEVICES.temporarily(entry), pytest.raises(error, match=f"the device 'bad' .*{message}"):
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
