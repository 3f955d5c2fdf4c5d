"""Device files from calibrations of Cirq."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cirq
import pytest

from qslc.diagnostics import InputError
from qslc.importers import import_device
from qslc.importers.cirq_calibration import find_coherence_time
from qslc.spec.devices import build_device
from qslc.spec.source import build

cirq_google = pytest.importorskip("cirq_google")


def metric(name: str, targets: list[str], value: float) -> dict[str, Any]:
    return {"name": name, "targets": targets, "values": [{"doubleVal": value}]}


CZ = "two_qubit_parallel_cz_gate_xeb"


def make_calibration() -> dict[str, Any]:
    qubits = ("0_6", "q1_6", "1_7")
    pairs = (["0_6", "1_6"], ["1_7", "1_6"])
    metrics = [
        *(metric("single_qubit_idle_t1_micros", [q], 70 + i) for i, q in enumerate(qubits)),
        *(metric("single_qubit_p00_error", [q], 0.004) for q in qubits),
        *(metric("single_qubit_p11_error", [q], 0.01) for q in qubits),
        *(metric("single_qubit_rb_pauli_error_per_gate", [q], 4e-4) for q in qubits),
        *(metric("single_qubit_rb_incoherent_error_per_gate", [q], 2e-4) for q in qubits),
        metric(f"{CZ}_pauli_error_per_cycle", pairs[0], 0.003),
        metric(f"{CZ}_pauli_error_per_cycle", pairs[1], 0.004),
        *(metric(f"{CZ}_entangler_theta_error_per_cycle", p, 0.02) for p in pairs),
        *(metric(f"{CZ}_entangler_phi_error_per_cycle", p, -0.01) for p in pairs),
    ]
    return {"timestampMs": "1723766400000", "metrics": metrics}


def read(data: Any, folder: Path, **options: Any) -> dict[str, Any]:
    path = folder / "pink.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return dict(json.loads(import_device(path, **options)))


@pytest.mark.parametrize("wrapped", [True, False])
def test_a_calibration(tmp_path: Path, wrapped: bool) -> None:
    snapshot = make_calibration()
    data = {"cirq_type": "Calibration", "metrics": snapshot} if wrapped else snapshot
    found = read(data, tmp_path, two_qubit_ns=42)
    assert (found["name"], found["date"], found["gates"]) == ("pink", "2024-08-16", ["cz"])
    assert found["qubits"] == [[0, 6], [1, 6], [1, 7]]
    assert found["edges"] == [[0, 1], [1, 2]]
    assert found["calibration"] == {
        "one_qubit": [0.0004] * 3,
        "two_qubit": [0.003, 0.004],
        "readout": [[0.004, 0.01]] * 3,
        "t1_us": [70, 71, 72],
        "t2_us": [float(f"{find_coherence_time(t1, 2e-4):.4g}") for t1 in (70, 71, 72)],
        "theta_rad": [0.02] * 2,
        "phi_rad": [-0.01] * 2,
        "one_qubit_ns": 25,
        "two_qubit_ns": 42,
    }


def test_what_cirq_writes_can_be_read(tmp_path: Path) -> None:
    """Rainbow again, from the calibration that cirq-google carries."""
    calibration = cirq_google.engine.load_median_device_calibration("rainbow")
    found = read(json.loads(cirq.to_json(calibration)), tmp_path, name="again")
    spec = build(
        {
            "qslc": 1,
            "name": "spec",
            "qubits": 2,
            "encoder": {"kind": "angle"},
            "ansatz": {"depth": 1, "entangler": "none"},
            "device": found,
        }
    )
    ours, again = build_device("rainbow", 2), build_device(spec.device, 2)
    assert again.gates == ("sqrt_iswap",)
    assert (again.coordinates, again.edges) == (ours.coordinates, ours.edges)
    for field in ("one_qubit", "two_qubit", "t1_micros", "t2_micros"):
        expected = getattr(ours.calibration, field)
        assert getattr(again.calibration, field) == pytest.approx(expected, rel=1e-3)
    assert len(again.calibration.angles) == len(ours.edges)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"metrics": 3}, "expected a list, got 3"),
        ({"metrics": []}, "no two-qubit gate of the calibration is known"),
        ({"timestampMs": "noon"}, "timestampMs: expected milliseconds since 1970"),
        ({"metrics": [{"name": "x"}]}, r'metrics\[0\]: the key "targets" is missing'),
        ({"metrics": [metric("x", ["6"], 1)]}, r"targets\[0\]: expected a qubit such as"),
        (
            {"metrics": [metric("x", ["0_6"], float("nan"))]},
            r"metrics\[0\].values\[0\].doubleVal: expected a finite number, got nan",
        ),
        (
            {"metrics": [metric(f"{CZ}_pauli_error_per_cycle", ["0_6", "0_7"], 1.0)]},
            "pink has no coupler that works",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    with pytest.raises(InputError, match=message):
        read(make_calibration() | change, tmp_path)


def test_coherence_times_follow_from_incoherent_errors():
    # An error of t / (3 T1) is relaxation alone; any more is dephasing at 3 / t per error.
    relaxation = 0.025 / (3 * 15)
    assert find_coherence_time(15, relaxation) == pytest.approx(30)
    assert find_coherence_time(15, 0.5 * relaxation) == pytest.approx(30)
    tphi = 0.025 / (3 * 0.001)
    assert find_coherence_time(15, relaxation + 0.001) == pytest.approx(1 / (1 / 30 + 1 / tphi))
