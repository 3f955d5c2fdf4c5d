"""Write the files of the chips that qslc knows by name, from what their makers publish.

``python -m benchmarks.chips FOLDER``, where FOLDER holds cirq-google 1.7.0 and qiskit-ibm-runtime
0.51.0, unpacked: the folders ``cirq_google`` and ``qiskit_ibm_runtime``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from pathlib import Path

import qslc.targets
from qslc.importers.cirq_calibration import read_calibration
from qslc.importers.json_values import Value, parse_json
from qslc.importers.measurements import DIGITS, Measurements, make_device_data, write_device
from qslc.importers.qiskit import read_backend

CHIPS = Path(qslc.targets.__file__).parent / "chips"

LICENSE = "Apache-2.0"
GOOGLE = "cirq_google/devices"
IBM = "qiskit_ibm_runtime/fake_provider/backends"

_STAND_IN = (
    "the calibration holds no CZ: two_qubit is the error of the square root of iSWAP, which is "
    "tuned up on the same couplers and takes as long; its angles are not those of a CZ"
)


def read(path: Path) -> Value:
    """Read a JSON file."""
    return parse_json(path.read_text(encoding="utf-8"), path.name)


def read_sycamore(folder: Path, name: str, day: str) -> Measurements:
    """Read a processor of the Sycamore generation, whose gates have the default durations."""
    path = folder / GOOGLE / "calibrations" / f"{name}_{day.replace('-', '_')}_calibration.json"
    measured = read_calibration(read(path), name)
    measured.source = f"cirq-google median calibration of {name}"
    measured.date = day
    measured.gate, measured.theta_rad, measured.phi_rad = "cz", {}, {}
    measured.notes.append(_STAND_IN)
    measured.more["readout_ns"] = 4000
    return measured


def read_willow(folder: Path) -> Measurements:
    """Read Willow, whose durations are in its specification."""
    stem = "willow_pink_d7v1-2024_08_16"
    specification = folder / GOOGLE / f"specifications/{stem}_device_spec_for_grid_device.proto.txt"
    text = specification.read_text(encoding="utf-8")

    def find_duration(gate: str) -> float:
        pattern = rf"gate_duration_picos: (\d+)\s*{gate} \{{"
        return int(re.findall(pattern, text)[0]) / 1000

    path = folder / GOOGLE / "calibrations" / f"{stem}_calibration.json"
    one, two = find_duration("phased_xz"), find_duration("cz")
    measured = read_calibration(read(path), "willow", one, two)
    measured.source = "cirq-google 1.7, calibration of willow_pink"
    measured.date = "2024-08-16"
    measured.more["readout_ns"] = find_duration("meas")
    measured.notes.append("readout errors are of one qubit at a time")
    return measured


def read_ibm(folder: Path, name: str) -> Measurements:
    """Read a backend of IBM."""
    base = folder / IBM / name
    files = {"properties": f"props_{name}.json", "configuration": f"conf_{name}.json"}
    root = Value(name, {kind: read(base / file).data for kind, file in files.items()})
    measured = read_backend(root, name)
    measured.source = f"qiskit-ibm-runtime 0.51, snapshot of ibm_{name}"
    if name == "nighthawk":
        measured.notes.append(
            "the package says that these are not intended to represent typical error values"
        )
    return measured


READERS: dict[str, tuple[Callable[[Path], Measurements], int | None]] = {
    "rainbow": (lambda folder: read_sycamore(folder, "rainbow", "2021-11-16"), None),
    "weber": (lambda folder: read_sycamore(folder, "weber", "2021-11-03"), None),
    "willow": (read_willow, DIGITS),
    "aachen": (lambda folder: read_ibm(folder, "aachen"), DIGITS),
    "nighthawk": (lambda folder: read_ibm(folder, "nighthawk"), DIGITS),
}
"""How each chip is read, and the significant digits that are kept: of the oldest all, so that their
compiles stay what they were."""


def main() -> None:
    """Write the files."""
    for name, (reader, digits) in READERS.items():
        measured = reader(Path(sys.argv[1]))
        measured.license = LICENSE
        text = write_device(make_device_data(measured, digits))
        (CHIPS / f"{name}.json").write_text(text, encoding="utf-8")
        print(f"{name}: {len(text)} bytes")


if __name__ == "__main__":
    main()
