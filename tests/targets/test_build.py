from __future__ import annotations

from pathlib import Path

import cirq_google
import pytest

from qslc.spec.devices import (
    DeviceCalibration,
    EdgesDevice,
    GridDevice,
    HeavyHexDevice,
    build_device,
    list_devices,
)
from qslc.spec.noise import CHANNELS, build_noise
from qslc.targets.device import ONE_QUBIT_NS, TWO_QUBIT_NS
from qslc.targets.devices import DEVICES
from qslc.targets.fidelity import compute_losses


def neighbors_differ_by_one(built):
    places = built.coordinates
    return all(
        sum(abs(p - q) for p, q in zip(places[a], places[b], strict=True)) == 1
        for a, b in built.edges
    )


CHIPS = ["rainbow", "weber", "willow", "aachen", "nighthawk"]


@pytest.mark.parametrize("name", ["rainbow", "weber"])
def test_google_chips_are_those_of_cirq_google(name):
    metadata = cirq_google.engine.create_device_from_processor_id(name).metadata
    built = build_device(name, 3)
    assert built.coordinates == tuple(sorted((q.row, q.col) for q in metadata.qubit_set))
    coupled = {frozenset(built.coordinates[i] for i in edge) for edge in built.edges}
    assert coupled == {frozenset((q.row, q.col) for q in pair) for pair in metadata.qubit_pairs}


def test_ideal_devices_take_the_size_of_the_program():
    assert len(build_device("all_to_all", 6).edges) == 15
    assert build_device("line", 4).edges == ((0, 1), (1, 2), (2, 3))
    assert build_device("ring", 4).edges == ((0, 1), (0, 3), (1, 2), (2, 3))
    assert build_device("ring", 2).edges == ((0, 1),)
    assert build_device("line", 1).edges == ()


def test_grid():
    built = build_device(GridDevice(grid=(3, 4)), 2)
    assert len(built.coordinates) == 12
    assert len(built.edges) == 3 * 3 + 2 * 4
    assert neighbors_differ_by_one(built)


@pytest.mark.parametrize(("distance", "qubits"), [(1, 1), (3, 19), (5, 57), (7, 115)])
def test_heavy_hexagons(distance, qubits):
    built = build_device(HeavyHexDevice(heavy_hex=distance), 2)
    degrees = [sum(q in edge for edge in built.edges) for q in range(qubits)]
    assert len(built.coordinates) == qubits
    assert max(degrees) <= 3


def test_couplers_of_a_user_are_put_in_order():
    built = build_device(
        EdgesDevice(edges=((9, 3), (3, 9), (7, 3)), name="mine", gates=("cnot",)), 2
    )
    assert built.coordinates == ((3,), (7,), (9,))
    assert built.edges == ((0, 1), (0, 2))
    assert (built.name, built.gates) == ("mine", ("cnot",))
    assert built.label(2) == "q(9)"


def test_a_calibration_follows_its_couplers_and_what_it_lacks_is_perfect():
    given = DeviceCalibration(two_qubit=(0.1, 0.2, 0.3), t1_us=(10, 20, 30), two_qubit_ns=400)
    edges = ((9, 3), (7, 9), (7, 3))
    measured = build_device(EdgesDevice(edges=edges, calibration=given), 2).calibration
    # Qubits 3, 7, 9 are 0, 1, 2: the edges in order are (3, 7), (3, 9), (7, 9).
    assert measured.two_qubit == (0.3, 0.1, 0.2)
    assert measured.one_qubit == (0.0, 0.0, 0.0)
    assert measured.readout == ((0.0, 0.0),) * 3
    assert measured.t1_micros == (10, 20, 30)
    assert measured.t2_micros == (20, 40, 60)
    assert (measured.one_qubit_ns, measured.two_qubit_ns) == (25, 400)
    assert measured.source == "calibration of custom"


def test_without_lifetimes_nothing_decays():
    given = DeviceCalibration(two_qubit=(0.1,))
    built = build_device(EdgesDevice(edges=((0, 1),), calibration=given), 2)
    assert compute_losses(built, built.calibration).waiting == (0.0, 0.0)
    assert build_noise("device", built).as_json()["amplitude_damping"] == {"q(0)": 0.0, "q(1)": 0.0}


def test_the_defaults_of_the_spec_are_those_of_a_calibration():
    given = DeviceCalibration(two_qubit=(0.1,))
    assert (given.one_qubit_ns, given.two_qubit_ns) == (ONE_QUBIT_NS, TWO_QUBIT_NS)


def test_the_catalog_counts_what_it_lists():
    rows = {entry.spelling: (entry.qubits, entry.couplers) for entry in list_devices()}
    assert rows["weber"] == (53, 86)
    assert rows["rainbow"] == (23, 32)
    assert rows["line"] == (None, None)
    assert [entry.spelling for entry in list_devices() if entry.calibrated] == CHIPS


def test_the_documentation_names_what_the_tables_hold():
    text = (Path(__file__).parents[2] / "docs" / "spec.md").read_text(encoding="utf-8")
    sections = dict(part.split("\n", 1) for part in text.split("\n## ")[1:])
    devices, noise = sections["device"], sections["noise"]
    assert [name for name in DEVICES if f"`{name}`" not in devices] == []
    assert [name for name in CHANNELS if f"{name}:" not in noise] == []
