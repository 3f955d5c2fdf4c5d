"""The calibration that a spec gives for a device of its own."""

from __future__ import annotations

from math import inf

from qslc.spec.model import EdgesDevice
from qslc.targets.calibration import Calibration
from qslc.targets.device import Device


def custom_calibration(chosen: EdgesDevice, built: Device) -> Calibration | None:
    """The calibration of a device given by its couplers, if it has one.

    What the spec leaves out is perfect; T2 is then twice T1.

    Args:
        chosen: its errors of couplers stand in the order of its edges.
        built: the same device without calibration, its edges sorted.
    """
    given, size = chosen.calibration, len(built.coordinates)
    if given is None:
        return None
    number = {coordinate[0]: qubit for qubit, coordinate in enumerate(built.coordinates)}
    error = {
        (min(number[a], number[b]), max(number[a], number[b])): error
        for (a, b), error in zip(chosen.edges, given.two_qubit, strict=True)
    }
    t1 = given.t1_us or (inf,) * size
    return Calibration(
        f"calibration of {chosen.name}",
        one_qubit=given.one_qubit or (0.0,) * size,
        two_qubit=tuple(error[edge] for edge in built.edges),
        readout=given.readout or ((0.0, 0.0),) * size,
        t1_micros=t1,
        t2_micros=given.t2_us or tuple(2 * time for time in t1),
        one_qubit_ns=given.one_qubit_ns,
        two_qubit_ns=given.two_qubit_ns,
    )
