"""The devices that a spec can name, in one table.

Other packages add devices by entry points of the group ``qslc.devices``, each of which names a
``NamedDevice``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain

from qslc.ir.gates import list_native_gates
from qslc.registry import Registry
from qslc.targets.device import Calibration, Device
from qslc.targets.device_file import make_calibration, make_shape, read_chip
from qslc.targets.shapes import Shape, couple_all, make_line, make_ring


@dataclass(frozen=True, slots=True)
class NamedDevice:
    """A device that a spec can name.

    Args:
        name: What to write after ``device:`` in a spec.
        about: One phrase for the list of devices.
        shape: Qubits and couplers, or the function that makes them for as many qubits as the
            program has.
        gates: Native two-qubit gates. Others are made of the one that takes the fewest for a CNOT,
            of equal ones the first.
        calibration: Function that returns what has been measured on the device, or None where
            nothing is known.
    """

    name: str
    about: str
    shape: Shape | Callable[[int], Shape]
    gates: tuple[str, ...]
    calibration: Callable[[Device], Calibration] | None = None

    @property
    def size(self) -> int | None:
        """The number of qubits, or None where the program decides."""
        return len(self.shape.coordinates) if isinstance(self.shape, Shape) else None

    def build(self, qubits: int, *, calibrated: bool = True) -> Device:
        """Return the device for a program of so many qubits.

        Raises:
            ValueError: A native gate is unknown, or the calibration does not fit the shape or is
                not possible.
            TypeError: The calibration is not one.
        """
        if unknown := [gate for gate in self.gates if gate not in list_native_gates()]:
            known = ", ".join(list_native_gates())
            message = (
                f"the device {self.name!r} has the native gate {unknown[0]!r}; known are {known}"
            )
            raise ValueError(message)
        shape = self.shape if isinstance(self.shape, Shape) else self.shape(qubits)
        bare = Device(self.name, shape.coordinates, shape.edges, self.gates)
        if self.calibration is None or not calibrated:
            return bare
        measured = self.calibration(bare)
        if not isinstance(measured, Calibration):
            raise TypeError(f"the calibration of the device {self.name!r} is {measured!r}")
        if fault := next(_find_faults(measured, bare), ""):
            raise ValueError(f"the calibration of the device {self.name!r} {fault}")
        return replace(bare, calibration=measured)


_OPTIONAL = ("coupler_ns", "angles")
"""What a calibration may hold of each coupler."""


def _find_faults(measured: Calibration, bare: Device) -> Iterator[str]:
    """Yield what is wrong with the calibration of a device."""
    qubits, couplers = len(bare.coordinates), len(bare.edges)
    for field in ("one_qubit", "readout", "t1_micros", "t2_micros", "two_qubit", *_OPTIONAL):
        given = len(getattr(measured, field))
        wanted = couplers if field in ("two_qubit", *_OPTIONAL) else qubits
        if given != wanted and (given or field not in _OPTIONAL):
            yield f"has {given} entries of {field}, not {wanted}"
    for field, errors in (
        ("one_qubit", measured.one_qubit),
        ("two_qubit", measured.two_qubit),
        ("readout", chain.from_iterable(measured.readout)),
    ):
        for error in errors:
            if not 0 <= error <= 1:
                yield f"has the {field} error {error:g}, which is no probability"
    for t1, t2 in zip(measured.t1_micros, measured.t2_micros, strict=True):
        if not 0 < t2 <= 2 * t1 * (1 + 1e-9):
            yield f"has a T2 of {t2:g} us beside a T1 of {t1:g} us; 0 to {2 * t1:g} is possible"


def _load_chip(name: str, about: str) -> NamedDevice:
    """Load a chip from its file."""
    data = read_chip(name)
    return NamedDevice(name, about, make_shape(data), tuple(data["gates"]), _calibrate_chip)


def _calibrate_chip(chip: Device) -> Calibration:
    """Return the calibration in the file of a chip."""
    data = read_chip(chip.name)
    return make_calibration(
        data["source"], data["calibration"], len(chip.coordinates), data["edges"]
    )


DEVICES: Registry[NamedDevice] = Registry(
    "device",
    (
        NamedDevice("all_to_all", "every pair of qubits is coupled", couple_all, ("cz",)),
        NamedDevice("line", "qubit i is coupled to qubit i + 1", make_line, ("cz",)),
        NamedDevice("ring", "a line whose ends are coupled", make_ring, ("cz",)),
        _load_chip("rainbow", "Google, Sycamore generation"),
        _load_chip("weber", "Google, Sycamore generation"),
        _load_chip("willow", "Google, Willow generation"),
        _load_chip("aachen", "IBM, Heron generation"),
        _load_chip("nighthawk", "IBM, Nighthawk generation"),
    ),
)

DEVICES.add_entry_points("qslc.devices", NamedDevice)
