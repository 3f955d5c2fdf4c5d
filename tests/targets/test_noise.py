from __future__ import annotations

from statistics import median

import pytest

from qslc.diagnostics import InputError
from qslc.spec.devices import EdgesDevice, build_device
from qslc.spec.noise import Channels, Depolarizing, Readout, build_noise
from qslc.targets.device import Calibration, Device
from qslc.targets.noise import restrict

LINE = build_device("line", 3)


def test_no_noise():
    assert build_noise("none", LINE) is None


def test_channels_of_a_spec_are_the_same_everywhere():
    channels = Channels(
        depolarizing=Depolarizing(one_qubit=0.001, two_qubit=0.01),
        amplitude_damping=0.002,
        readout=Readout(p01=0.03, p10=0.04),
    )
    assert build_noise(channels, LINE).as_json() == {
        "source": "spec",
        "one_qubit": {"q(0)": 0.001, "q(1)": 0.001, "q(2)": 0.001},
        "two_qubit": {"q(0) q(1)": 0.01, "q(1) q(2)": 0.01},
        "amplitude_damping": {"q(0)": 0.002, "q(1)": 0.002, "q(2)": 0.002},
        "readout": {"q(0)": [0.03, 0.04], "q(1)": [0.03, 0.04], "q(2)": [0.03, 0.04]},
    }


@pytest.mark.parametrize("name", ["rainbow", "weber"])
def test_a_chip_has_its_calibration(name):
    chip = build_device(name, 2)
    model = build_noise("device", chip).as_json()
    labels = {chip.label(qubit) for qubit in range(len(chip.coordinates))}
    for effect in ("one_qubit", "amplitude_damping", "readout"):
        assert set(model[effect]) == labels
    assert len(model["two_qubit"]) == len(chip.edges)
    assert 0.0001 < median(model["one_qubit"].values()) < 0.003
    assert 0.005 < median(model["two_qubit"].values()) < 0.03
    # A 1 decays while it is read: it is misread more often than a 0.
    assert median(p - q for q, p in model["readout"].values()) > 0.02


def test_only_what_is_used():
    chip = build_device("weber", 2)
    a, b = chip.edges[5]
    model = restrict(build_noise("device", chip), chip, (a, b)).as_json()
    assert set(model["one_qubit"]) == set(model["readout"]) == {chip.label(a), chip.label(b)}
    assert list(model["two_qubit"]) == [f"{chip.label(a)} {chip.label(b)}"]


@pytest.mark.parametrize("name", ["mine", "weber"])
def test_noise_of_an_uncalibrated_device_is_an_input_error(name):
    with pytest.raises(InputError, match="no calibration"):
        build_noise("device", build_device(EdgesDevice(edges=((0, 1),), name=name), 2))


def test_the_decay_of_a_gate_is_counted_once():
    calibration = Calibration(
        "measured",
        one_qubit=(0.010, 0.0001),
        two_qubit=(0.05,),
        readout=((0.01, 0.02), (0.03, 0.04)),
        t1_micros=(16.0, 16.0),
        t2_micros=(10.0, 10.0),
    )
    pair = Device("pair", ((0,), (1,)), ((0, 1),), calibration=calibration)
    model = build_noise("device", pair).as_json()
    gamma = model["amplitude_damping"]["q(0)"]
    assert gamma == pytest.approx(0.002, rel=0.01)
    assert model["source"] == "measured, moments of 32 ns"
    assert model["one_qubit"] == {"q(0)": pytest.approx(0.010 - gamma / 2, rel=1e-3), "q(1)": 0.0}
    assert model["two_qubit"] == {"q(0) q(1)": pytest.approx(0.05 - gamma, rel=1e-3)}
    assert model["readout"] == {"q(0)": [0.01, 0.02], "q(1)": [0.03, 0.04]}
