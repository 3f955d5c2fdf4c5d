from __future__ import annotations

from math import exp, inf

import pytest

from qslc.diagnostics import InputError
from qslc.ir.program import Operation, PauliString, Program
from qslc.spec.devices import build_device
from qslc.targets.device import Calibration, Device
from qslc.targets.fidelity import estimate_fidelity, measure_exposure

CALIBRATION = Calibration(
    "by hand",
    one_qubit=(0.001, 0.002, 0.5),
    two_qubit=(0.01, 0.25),
    readout=((0.02, 0.04), (0.0, 0.0), (0.5, 0.5)),
    t1_micros=(10.0, 20.0, 0.001),
    t2_micros=(5.0, 40.0, 0.001),
    one_qubit_ns=20.0,
    two_qubit_ns=50.0,
)
LINE = Device("line of three", ((0,), (1,), (2,)), ((0, 1), (1, 2)), calibration=CALIBRATION)
Z0 = (PauliString(((0, "Z"),)),)


def program(*gates: str, observables=Z0, start="zero") -> Program:
    """ "h 0", "cz 0 1" and so on, in the moments of a device."""
    words = [gate.split() for gate in gates]
    operations = tuple(Operation(word[0], tuple(map(int, word[1:]))) for word in words)
    return Program(3, operations, observables, start=start, packing="aligned")


def test_the_product_by_hand():
    # Moments: h 0 | cz 0 1 | h 1, h 1. Qubit 0 waits for 2 * 20 ns until it is measured, qubit 1
    # is in |0> before its first gate, and qubit 2 takes no part.
    gates = (1 - 0.001) * (1 - 0.01) * (1 - 0.002) ** 2
    idle = exp(-40e-3 * (1 / 10 + 2 / 5) / 4)
    found = estimate_fidelity(program("h 0", "cz 0 1", "h 1", "h 1"), LINE)
    assert found == pytest.approx(gates * (1 - 0.03) * idle, rel=1e-12)


def test_nothing_done_is_nothing_lost():
    assert estimate_fidelity(program(observables=()), LINE) == 1.0


def test_readout_alone():
    assert estimate_fidelity(program(), LINE) == pytest.approx(0.97)


def test_a_shorter_gate_waits_for_the_longer_one_beside_it():
    waiting = measure_exposure(program("cz 0 1", "h 2", "h 2", "cz 1 2"), CALIBRATION).waiting_ns
    # cz 0 1, h 2 | h 2 | cz 1 2: only qubit 0 is measured; qubit 2 waits 30 ns beside the CZ.
    assert waiting == {0: 20.0 + 50.0, 1: 20.0, 2: 30.0}


def test_an_encoded_vector_waits_from_the_beginning():
    gates = ("h 0", "cz 0 1")
    assert measure_exposure(program(*gates), CALIBRATION).waiting_ns[1] == 0.0
    assert measure_exposure(program(*gates, start="any"), CALIBRATION).waiting_ns[1] == 20.0


def test_an_error_that_always_happens_leaves_almost_nothing():
    broken = Calibration("", (0.0,), (), ((1.0, 1.0),), (inf,), (inf,))
    alone = Device("one", ((0,),), (), calibration=broken)
    assert estimate_fidelity(Program(1, (), Z0), alone) == pytest.approx(0.0, abs=1e-11)


def test_without_a_calibration_there_is_no_estimate():
    with pytest.raises(InputError, match="no calibration is known for the device line"):
        estimate_fidelity(program(), build_device("line", 3))
