"""Gates at the end of a program that make what is read lighter."""

from __future__ import annotations

import pytest

from qslc.lower.last_frame import choose_last_frame, chooses_last_frame
from qslc.lower.physical import lower_to_device
from qslc.lower.placement.relocation import find_least_error
from qslc.passes import NATIVE_PASSES, PASSES, clean_up
from qslc.pipeline import compile_spec
from qslc.spec.devices import DeviceCalibration, GridDevice, build_device
from qslc.spec.dsl import sublayer
from qslc.spec.objectives import OBJECTIVES
from tests.lower.patterns import layered
from tests.lower.synthesis.samples import assert_measures_the_same, assert_runs_on


def build(two_qubit: float, readout: float):
    errors = DeviceCalibration(two_qubit=two_qubit, readout={"p01": readout, "p10": readout})
    return build_device(GridDevice(grid=(1, 6), calibration=errors), 1)


def lower_chain(device):
    """Return a native chain whose last entangler is in the observables, and what was written."""
    written = layered("linear", 6, 2)
    lowered = lower_to_device(clean_up(written, PASSES[2]), device, 2, 0, "depth")
    return clean_up(lowered.program, NATIVE_PASSES[2]), lowered.placement, written


def count_letters(program) -> int:
    return sum(len(each.paulis) for each in program.observables)


def test_where_qubits_read_badly_strings_become_lighter():
    device = build(two_qubit=0.001, readout=0.08)
    native, placement, written = lower_chain(device)
    framed, error = choose_last_frame(native, device, NATIVE_PASSES[2])
    assert count_letters(framed) < count_letters(native)
    assert error == find_least_error(framed, device) < 0.8 * find_least_error(native, device)
    assert_measures_the_same(framed, written, placement.start)
    assert_runs_on(framed, device)


def test_where_gates_err_more_nothing_is_added():
    device = build(two_qubit=0.08, readout=0.001)
    native, *_ = lower_chain(device)
    framed, error = choose_last_frame(native, device, NATIVE_PASSES[2])
    assert (framed, error) == (native, find_least_error(native, device))


@pytest.mark.parametrize(
    ("objective", "level", "chosen"),
    [("fidelity", 2, True), ("fidelity", 1, False), ("depth", 3, False)],
)
def test_observables_change_where_they_may(objective, level, chosen):
    assert chooses_last_frame(OBJECTIVES[objective], level) is chosen


def test_a_compile_has_it_once_and_says_so():
    calibration = {"two_qubit": 0.001, "readout": {"p01": 0.08, "p10": 0.08}}
    begun = sublayer("chain", 6).angle().on(grid=(1, 6), calibration=calibration).noise("device")
    stages = compile_spec(begun.layers(2, pattern="linear").optimize(2).spec())
    (step,) = [each for each in stages.steps if each.name == "last frame"]
    assert step.after.two_qubit_gates > step.before.two_qubit_gates
    assert step.after.two_qubit_gates == stages.alternatives[0].two_qubit_gates
    again, error = choose_last_frame(stages.physical, stages.device, NATIVE_PASSES[2])
    assert again == stages.physical
    assert error == find_least_error(stages.physical, stages.device)
