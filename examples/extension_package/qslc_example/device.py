"""A chip of six qubits in two rows."""

from __future__ import annotations

from qslc.targets.device import Calibration, Device
from qslc.targets.devices import NamedDevice
from qslc.targets.shapes import read_picture


def calibrate(bare: Device) -> Calibration:
    """Return what was measured on the chip, here the same everywhere."""
    qubits, couplers = len(bare.coordinates), len(bare.edges)
    return Calibration(
        "data sheet of the ladder",
        one_qubit=(0.0004,) * qubits,
        two_qubit=(0.005,) * couplers,
        readout=((0.01, 0.02),) * qubits,
        t1_micros=(80.0,) * qubits,
        t2_micros=(60.0,) * qubits,
    )


LADDER = NamedDevice(
    "ladder",
    "six qubits in two rows, an example",
    read_picture(("xxx", "xxx")),
    ("cz",),
    calibration=calibrate,
)
