"""Files of measurements of a chip of three qubits in a line, as their makers write them."""

from __future__ import annotations

from typing import Any

CSV = """\
"Qubit","T1 (us)","T2 (us)","Readout assignment error ","Prob meas0 prep1 ","Prob meas1 prep0 ","Readout length (ns)","Single-qubit gate length (ns)","√x (sx) error ","CZ error ","Gate length (ns)","Operational"
"0","256.4","399.5","0.0077","0.0049","0.0105","2584","32","0.0001","0_1:0.002","0_1:68","Yes"
"1","100","250","0.0035","0.0042","0.0029","2584","32","0.0002","1_0:0.002;1_2:0.004","1_0:68;1_2:88","Yes"
"2","","120","0.09","0.12","0.05","2584","32","0.0004","2_1:0.004","2_1:88","Yes"
"""  # noqa: E501


def entry(name: str, value: Any, unit: str = "") -> dict[str, Any]:
    return {"date": "2026-04-17T08:55:23+02:00", "name": name, "unit": unit, "value": value}


def gate(name: str, qubits: list[int], error: float, nanos: float) -> dict[str, Any]:
    parameters = [entry("gate_error", error), entry("gate_length", nanos, "ns")]
    return {"gate": name, "qubits": qubits, "parameters": parameters, "name": f"{name}{qubits}"}


def make_backend() -> dict[str, Any]:
    """Return ``{"properties": ..., "configuration": ...}`` with the numbers of ``CSV``."""
    times = [(256.4, 399.5), (100, 250), (None, 120)]
    flips = [(0.0105, 0.0049), (0.0029, 0.0042), (0.05, 0.12)]
    qubits = [
        [
            *([entry("T1", t1, "us")] if t1 else []),
            entry("T2", t2 / 1000, "ms"),
            entry("prob_meas1_prep0", p01),
            entry("prob_meas0_prep1", p10),
            entry("readout_length", 2584, "ns"),
        ]
        for (t1, t2), (p01, p10) in zip(times, flips, strict=True)
    ]
    gates = [
        *(gate("sx", [q], error, 32) for q, error in enumerate((0.0001, 0.0002, 0.0004))),
        *(gate("cz", list(pair), 0.002, 68) for pair in ((0, 1), (1, 0))),
        *(gate("cz", list(pair), 0.004, 88) for pair in ((1, 2), (2, 1))),
        gate("rzz", [0, 1], 0.5, 68),
    ]
    properties = {
        "backend_name": "ibm_line",
        "last_update_date": "2026-04-17T12:29:46+02:00",
        "qubits": qubits,
        "gates": gates,
    }
    return {"properties": properties, "configuration": {"default_rep_delay": 250.0}}


CALIBRATION = {
    "two_qubit": [0.0025, 0.005],
    "one_qubit": [0.00015, 0.0003, 0.0006],
    "readout": [[0.0105, 0.0049], [0.0029, 0.0042], [0.05, 0.12]],
    "t1_us": [256.4, 100, 178.2],
    "t2_us": [399.5, 200, 120],
    "one_qubit_ns": 32,
    "two_qubit_ns": [68, 88],
    "readout_ns": 2584,
}
"""What a device file says of either."""
