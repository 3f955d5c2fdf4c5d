"""Chips that have names are device files, as users may have them too."""

from __future__ import annotations

import json
from pathlib import Path
from statistics import median

import pytest

import qslc
from qslc.spec.devices import DeviceCalibration, GridDevice, HeavyHexDevice, Readout, build_device
from qslc.spec.noise import build_noise
from qslc.targets import device_file
from qslc.targets.fidelity import compute_log_loss
from tests.targets.test_fidelity import program

CHIPS = Path(device_file.__file__).with_name("chips")
SIZES = {
    "rainbow": (23, 32),
    "weber": (53, 86),
    "willow": (105, 182),
    "aachen": (154, 172),
    "nighthawk": (119, 214),
}


def test_every_file_is_a_chip() -> None:
    assert {path.stem for path in CHIPS.iterdir()} == SIZES.keys()


@pytest.mark.parametrize("name", SIZES)
def test_a_chip_is_what_its_file_says_to_a_spec(name: str) -> None:
    """The file passes the checks of a user's device file, and means the same."""
    text = f"""qslc: 1
name: chip
qubits: 2
encoder: {{kind: angle}}
ansatz: {{depth: 1, entangler: none}}
device: {{file: {CHIPS / name}.json}}
"""
    named, read = build_device(name, 2), build_device(qslc.parse(text).device, 2)
    for field in ("name", "coordinates", "edges", "gates"):
        assert getattr(read, field) == getattr(named, field)
    source = named.calibration.source
    assert {**vars_of(read.calibration), "source": source} == vars_of(named.calibration)
    assert (len(named.coordinates), len(named.edges)) == SIZES[name]
    data = json.loads((CHIPS / f"{name}.json").read_text(encoding="utf-8"))
    assert data["license"] == "Apache-2.0"
    assert data["date"] and data["source"] == source


def vars_of(calibration: object) -> dict[str, object]:
    return {field: getattr(calibration, field) for field in calibration.__slots__}


def test_medians_are_those_that_were_published() -> None:
    """Medians of the raw files; IBM's 0.00154 and 0.000191 are average infidelities."""
    willow, aachen = (build_device(name, 2).calibration for name in ("willow", "aachen"))
    assert median(willow.two_qubit) == pytest.approx(0.003443, rel=1e-3)
    assert median(willow.one_qubit) == pytest.approx(0.0004046, rel=1e-3)
    assert median(willow.t1_micros) == pytest.approx(70.18, rel=1e-3)
    assert median(theta for theta, _ in willow.angles) == pytest.approx(0.0195, rel=1e-3)
    assert (willow.one_qubit_ns, willow.two_qubit_ns, willow.readout_ns) == (25, 42, 600)
    assert median(aachen.two_qubit) == pytest.approx(5 / 4 * 0.00153, rel=0.02)
    assert median(aachen.one_qubit) == pytest.approx(3 / 2 * 0.000191, rel=0.02)
    assert (aachen.two_qubit_ns, {*aachen.coupler_ns}) == (68, {68, 76, 80, 84, 88, 96, 108, 124})
    assert aachen.rep_delay_us == 250


def test_qubits_of_google_stay_on_their_grid() -> None:
    assert build_device("willow", 2).label(0) == "q(0, 6)"
    assert build_device("aachen", 2).label(20) == "q(21)"  # 19 does not work


GIVEN = DeviceCalibration(
    two_qubit=0.01,
    one_qubit=0.001,
    readout=Readout(p01=0.02, p10=0.03),
    t1_us=100,
    t2_us=80,
    phi_rad=0.02,
    two_qubit_ns=68,
)


@pytest.mark.parametrize(
    "device",
    [GridDevice(grid=(2, 3), calibration=GIVEN), HeavyHexDevice(heavy_hex=3, calibration=GIVEN)],
)
def test_one_number_stands_for_all(device: GridDevice | HeavyHexDevice) -> None:
    built = build_device(device, 2)
    size, couplers, measured = len(built.coordinates), len(built.edges), built.calibration
    assert device.count_couplers() == couplers
    assert measured.two_qubit == (0.01,) * couplers
    assert measured.readout == ((0.02, 0.03),) * size
    assert measured.t2_micros == (80.0,) * size
    assert measured.angles == ((0.0, 0.02),) * couplers
    assert set(build_noise("device", built).as_json()) == {
        *("source", "one_qubit", "two_qubit", "coherent"),
        *("amplitude_damping", "dephasing", "readout"),
    }


def test_numbers_of_a_grid_follow_its_couplers() -> None:
    errors = tuple(0.001 * k for k in range(1, 5))
    grid = GridDevice(grid=(2, 2), calibration=DeviceCalibration(two_qubit=errors))
    built = build_device(grid, 2)
    assert built.edges == ((0, 1), (0, 2), (1, 3), (2, 3))
    assert built.calibration.two_qubit == errors


@pytest.mark.parametrize(
    ("pair", "other", "nanos"), [("0 1", 3, 50), ("1 2", 0, 200), ("2 3", 0, 90)]
)
def test_couplers_have_their_own_durations(pair: str, other: int, nanos: float) -> None:
    given = DeviceCalibration(two_qubit=0.0, two_qubit_ns=(50, 200, 90), t1_us=50)
    built = build_device(GridDevice(grid=(1, 4), calibration=given), 2)
    waits = program(f"h {other}", f"cz {pair}", f"h {other}", observables=())
    assert built.calibration.two_qubit_ns == 90  # the median
    # The other qubit waits beside the CZ; the rate of errors is (1 / T1 + 2 / (2 T1)) / 4.
    assert compute_log_loss(waits, built) == pytest.approx((nanos - 25) / 50e3 / 2)
