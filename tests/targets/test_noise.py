from __future__ import annotations

from statistics import median

import cirq
import pytest

from qslc.diagnostics import InputError
from qslc.report.compilation.tables import _format_rate
from qslc.spec.devices import DeviceCalibration, EdgesDevice, build_device
from qslc.spec.noise import Channels, Coherent, Depolarizing, Readout, build_noise, list_effects
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


def test_decay_and_dephasing_of_a_gate_are_counted_once():
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
    short, long = model["amplitude_damping"]["q(0)"]
    brief, flipped = model["dephasing"]["q(0)"]
    assert (short, long) == pytest.approx((25 / 16000, 32 / 16000), rel=0.01)
    tphi = 1000 / (1 / 10 - 1 / 32)
    assert (brief, flipped) == pytest.approx((25 / tphi / 2, 32 / tphi / 2), rel=0.01)
    assert model["source"] == "measured, moments of 25 ns, with two-qubit gates 32 ns"
    assert model["one_qubit"] == {
        "q(0)": pytest.approx(0.010 - short / 2 - brief, rel=1e-3),
        "q(1)": 0.0,
    }
    assert model["two_qubit"] == {
        "q(0) q(1)": pytest.approx(0.05 - 2 * (long / 2 + flipped), rel=1e-3)
    }
    assert model["readout"] == {"q(0)": [0.01, 0.02], "q(1)": [0.03, 0.04]}


def test_a_coherent_error_is_a_part_of_the_gates_error():
    pair = build_device(
        EdgesDevice(
            edges=((0, 1),),
            calibration=DeviceCalibration(two_qubit=0.01, theta_rad=0.02, phi_rad=-0.03),
        ),
        2,
    )
    model = build_noise("device", pair).as_json()
    matrix = cirq.unitary(cirq.FSimGate(0.02, -0.03))
    infidelity = 1 - abs(matrix.trace() / 4) ** 2
    assert model["coherent"] == {"q(0) q(1)": [0.02, -0.03]}
    assert model["two_qubit"]["q(0) q(1)"] == pytest.approx(0.01 - infidelity, rel=1e-9)
    assert "dephasing" not in model  # nothing dephases


def test_angles_are_shown_in_radians():
    (effect,) = list_effects(["coherent"])
    assert effect.unit == "radians"
    assert (
        _format_rate({"q(0) q(1)": [0.02, -0.0301]}, "q(0) q(1)", effect.unit) == "0.02 / −0.0301"
    )


def test_channels_that_do_not_act_are_left_out():
    assert {"dephasing", "coherent"}.isdisjoint(build_noise(Channels(), LINE).as_json())
    channels = Channels(dephasing=0.01, coherent=Coherent(theta=0.1))
    model = build_noise(channels, LINE).as_json()
    assert model["dephasing"] == {"q(0)": 0.01, "q(1)": 0.01, "q(2)": 0.01}
    assert model["coherent"] == {"q(0) q(1)": [0.1, 0.0], "q(1) q(2)": [0.1, 0.0]}
