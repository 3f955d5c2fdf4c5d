"""Device files from IBM's CSV, from a backend's JSON, and from Qiskit's objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from qslc.diagnostics import InputError
from qslc.importers import import_device, import_qiskit
from tests.importers.samples import CALIBRATION, CSV, gate, make_backend

NOTES = [
    "t1_us is the median, as none was measured: 1 qubit (2)",
    "T2 was measured above twice T1, which it is here: 1 qubit (1)",
]


def read(text: str, folder: Path, name: str = "line.csv", **options: Any) -> dict[str, Any]:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return dict(json.loads(import_device(path, **options)))


def test_csv(tmp_path: Path) -> None:
    data = read(CSV, tmp_path)
    assert (data["name"], data["gates"], data["edges"]) == ("line", ["cz"], [[0, 1], [1, 2]])
    assert data["calibration"] == CALIBRATION
    assert data["notes"] == NOTES


def test_csv_may_name_the_neighbor_alone(tmp_path: Path) -> None:
    short = CSV.replace("0_1:", "1:").replace("1_0:", "0:").replace("1_2:", "2:")
    assert read(short.replace("2_1:", "1:"), tmp_path)["calibration"] == CALIBRATION


def test_a_download_names_backend_and_date_and_what_is_undefined(tmp_path: Path) -> None:
    text = CSV.replace('"2","",', '"2","undefined",').replace(
        '"2_1:0.004","2_1:88"', 2 * '"undefined",'
    )
    text = text.replace('"undefined",,"Yes"', '"undefined","Yes"')
    text = text.replace("Readout length (ns)", "Readout length (us)").replace('"2584"', '"2.584"')
    data = read(text, tmp_path, "ibm_line_calibrations_2023-04-11T07_00_30Z.csv")
    assert (data["name"], data["date"]) == ("ibm_line", "2023-04-11")
    assert data["source"] == "IBM calibration of ibm_line, 2023-04-11"
    assert data["calibration"] == CALIBRATION


def test_a_qubit_that_is_off_is_left_out(tmp_path: Path) -> None:
    data = read(CSV.replace('2_1:88","Yes', '2_1:88","No'), tmp_path)
    assert data["edges"] == [[0, 1]]
    assert "1 coupler ([1, 2])" in data["notes"][0]


@pytest.mark.parametrize("both", [True, False])
def test_json_of_a_backend(tmp_path: Path, both: bool) -> None:
    backend = make_backend()
    data = read(json.dumps(backend if both else backend["properties"]), tmp_path, "backend.json")
    assert (data["name"], data["date"]) == ("ibm_line", "2026-04-17")
    assert data["source"] == "IBM calibration of ibm_line, 2026-04-17"
    assert data["calibration"] == CALIBRATION | ({"rep_delay_us": 250} if both else {})
    assert data["notes"] == NOTES


def test_a_backend_object() -> None:
    parts = make_backend()
    backend = SimpleNamespace(
        properties=lambda: SimpleNamespace(to_dict=lambda: parts["properties"]),
        configuration=lambda: SimpleNamespace(to_dict=lambda: parts["configuration"]),
    )
    data = json.loads(import_qiskit(backend, "mine"))
    assert data["name"] == "mine"
    assert data["calibration"] == CALIBRATION | {"rep_delay_us": 250}


class Target(dict):
    """What a ``qiskit.transpiler.Target`` offers; times are in seconds."""

    operation_names = ("sx", "cz", "measure", "delay")
    qubit_properties = (
        SimpleNamespace(t1=256.4e-6, t2=399.5e-6),
        SimpleNamespace(t1=100e-6, t2=250e-6),
        SimpleNamespace(t1=None, t2=120e-6),
    )


def make_target() -> Target:
    def known(error: float | None, nanos: float) -> SimpleNamespace:
        return SimpleNamespace(error=error, duration=nanos * 1e-9)

    return Target(
        sx={(q,): known(e, 32) for q, e in enumerate((0.0001, 0.0002, 0.0004))},
        cz={(0, 1): known(0.002, 68), (2, 1): known(0.004, 88), (1, 2): None},
        measure={(q,): known(0.01, 2584) for q in range(3)},
    )


def test_a_target() -> None:
    target = make_target()
    target["cz"].pop((1, 2))
    data = json.loads(import_qiskit(target, "mine"))
    assert data["calibration"] == CALIBRATION | {"readout": [[0.01, 0.01]] * 3}


def test_a_coupler_without_an_error_does_not_work() -> None:
    assert json.loads(import_qiskit(make_target()))["edges"] == [[0, 1]]


@pytest.mark.parametrize(
    ("gates", "message"),
    [
        ({"cz": {None: None}}, "does not say which qubits are coupled"),
        ({"cz": {(0, 1): None}}, "no error of the gate 'cz' is known"),
        ({"iswap": {(0, 1): None}}, "no two-qubit gate of the target is known"),
    ],
)
def test_a_target_that_says_too_little(gates: dict[str, Any], message: str) -> None:
    target = Target(gates)
    target.operation_names = tuple(gates)  # type: ignore[assignment]
    with pytest.raises(InputError, match=message):
        import_qiskit(target)


@pytest.mark.parametrize("wrong", ["ibm_fez", None, Target])
def test_what_is_no_backend_is_refused(wrong: Any) -> None:
    with pytest.raises(TypeError, match="expected a backend or a Target of Qiskit, not"):
        import_qiskit(wrong)


def test_a_backend_without_name_and_date_whose_gates_have_former_names() -> None:
    properties = make_backend()["properties"] | {"backend_name": "", "last_update_date": None}
    for each in properties["gates"]:
        each["gate"] = each["gate"].replace("sx", "u2")
    backend = SimpleNamespace(properties=lambda: SimpleNamespace(to_dict=lambda: properties))
    data = json.loads(import_qiskit(backend))
    assert (data["name"], data["source"]) == ("custom", "IBM calibration of custom")
    assert data["calibration"] == CALIBRATION


def change_backend(change: Callable[[dict[str, Any]], Any]) -> str:
    parts = deepcopy(make_backend())
    change(parts["properties"])
    return json.dumps(parts)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CSV.replace("0_1:0.002", "0_1:x"), "line.csv:2:74: error: expected a number"),
        (CSV.replace("0_1:0.002", "0_1"), "expected a coupler of qubit 0, got '0_1'"),
        (CSV.replace("0_1:0.002", "4_5:0.1"), "couplers are written as 0_1:0.002"),
        (CSV.replace('"0","256', '"-","256'), "expected the number of a qubit, got '-'"),
        (CSV.replace('"Qubit"', '"Q"'), "line.csv:1:1: error: no column is named Qubit"),
        (CSV.replace("CZ error", "C error"), "no two-qubit gate is known"),
        (CSV.replace('"0","256.4",', '"0",'), "the line has 11 cells, and 12 columns are named"),
        (CSV.splitlines()[0], "the file holds no qubits"),
        ("", "the file holds no qubits"),
        (CSV.replace('"256.4"', '"256.4'), "this is not CSV"),
        (CSV.replace("256.4", "0.00001"), r"line: t1_us of qubit 0: a lifetime of 1e-05 us"),
        (CSV.replace('"0.0105"', '"1.5"'), "a probability, 0 to 1, as prob meas1 prep0, got '1.5'"),
        ("{", "line.csv:1:2: error: this is not JSON"),
        ("[1]", "this is no file of measurements that qslc knows"),
        (
            change_backend(lambda p: p["qubits"][1][0].update(unit="h")),
            r"properties.qubits\[1\]\[0\].unit: the unit 'h' is unknown",
        ),
        (
            change_backend(lambda p: p["qubits"][1][0].update(value="long")),
            r"qubits\[1\]\[0\].value: expected a number, got the text",
        ),
        (
            change_backend(lambda p: p["qubits"][1][2].update(value=-0.1)),
            r"qubits\[1\]\[2\].value: expected a probability, 0 to 1, got -0.1",
        ),
        (change_backend(lambda p: p.pop("gates")), 'the key "gates" is missing'),
        (change_backend(lambda p: p.update(qubits=3)), "properties.qubits: expected a list, got 3"),
        (
            change_backend(lambda p: [g.update(gate="iswap") for g in p["gates"]]),
            "no two-qubit gate of the backend is known",
        ),
        (
            change_backend(lambda p: p["gates"][3].update(qubits=[1, 1])),
            "the gate 'cz' acts on other qubits",
        ),
        (
            change_backend(lambda p: [g["parameters"][0].update(value=1) for g in p["gates"][3:]]),
            "ibm_line has no coupler that works",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read(text, tmp_path)


def test_a_qubit_that_lives_too_short_is_left_out() -> None:
    """One of eleven; where many are, the unit is wrong."""
    parts = make_backend()
    first = parts["properties"]
    qubits = [deepcopy(first["qubits"][0]) for _ in range(11)]
    qubits[10][1] |= {"value": 0.3, "unit": "us"}
    gates = [gate("cz", [q, q + 1], 0.002, 68) for q in range(10)]
    backend = SimpleNamespace(
        properties=lambda: SimpleNamespace(
            to_dict=lambda: first | {"qubits": qubits, "gates": gates}
        )
    )
    data = json.loads(import_qiskit(backend))
    assert data["edges"] == [[q, q + 1] for q in range(9)]
    assert data["notes"] == ["left out, as they do not work: 1 qubit (10)"]
