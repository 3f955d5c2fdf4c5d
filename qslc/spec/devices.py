"""The device that a spec is compiled for."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from qslc.ir.gates import list_native_gates
from qslc.spec.base import Alternatives, Count, Model, NameIn, Pair, Positive, Probability
from qslc.targets import device as targets
from qslc.targets.device import ONE_QUBIT_NS, TWO_QUBIT_NS
from qslc.targets.device_file import make_calibration, make_shape
from qslc.targets.devices import DEVICES
from qslc.targets.shapes import Shape, make_heavy_hex, make_lattice

NativeGateName = Annotated[str, NameIn(list_native_gates)]
NativeGates = Annotated[tuple[NativeGateName, ...], Field(min_length=1)]


class Layout(Model):
    """A device given by its qubits and couplers."""

    @property
    def title(self) -> str:
        """The device as messages name it."""
        return "the device"

    @property
    def size(self) -> int:
        """The number of qubits."""
        return len(self.build().coordinates)

    def count_couplers(self) -> int:
        """Return the number of couplers."""
        return len(self.build().edges)

    @abstractmethod
    def build(self) -> targets.Device:
        """Return the device."""


class Readout(Model):
    """p01: a 0 is read as 1; p10: a 1 is read as 0."""

    p01: Probability = 0.0
    p10: Probability = 0.0


Text = Annotated[str, Field(min_length=1, max_length=1000)]
Angle = Annotated[float, Field(strict=True, allow_inf_nan=False)]

_ONE_OR_EACH = Alternatives("a list of numbers, or one number for all")
Probabilities = Annotated[tuple[Probability, ...] | Probability, _ONE_OR_EACH]
Times = Annotated[tuple[Positive, ...] | Positive, _ONE_OR_EACH]
Angles = Annotated[tuple[Angle, ...] | Angle, _ONE_OR_EACH]
Readouts = Annotated[
    tuple[tuple[Probability, Probability], ...] | Readout,
    Alternatives("a list of pairs, or {p01: 0.01, p10: 0.02} for all"),
]


class DeviceCalibration(Model):
    """Measurements of a device, by qubit or by coupler in their order, or one number for all.

    What is left out is taken to be perfect; T2 is then twice T1, its largest possible value.
    """

    two_qubit: Probabilities = Field(
        description="probability of a Pauli error of a two-qubit gate, in the order of couplers"
    )
    one_qubit: Probabilities | None = Field(
        None, description="probability of a Pauli error of a one-qubit gate, of each qubit"
    )
    readout: Readouts | None = Field(None, description="[0 read as 1, 1 read as 0], of each qubit")
    t1_us: Times | None = Field(None, description="T1 of each qubit in microseconds")
    t2_us: Times | None = Field(None, description="T2 of each qubit in microseconds")
    theta_rad: Angles | None = Field(
        None, description="angle theta of the FSim that follows a two-qubit gate, in radians"
    )
    phi_rad: Angles | None = Field(
        None, description="angle phi of the FSim that follows a two-qubit gate, in radians"
    )
    one_qubit_ns: Positive = Field(
        ONE_QUBIT_NS, description="duration of a one-qubit gate in nanoseconds"
    )
    two_qubit_ns: Times = Field(
        TWO_QUBIT_NS, description="duration of a two-qubit gate in nanoseconds"
    )
    readout_ns: Positive | None = Field(None, description="duration of a readout in nanoseconds")
    rep_delay_us: Positive | None = Field(
        None, description="time between two runs of a circuit in microseconds"
    )


class GridDevice(Layout):
    """Rows and columns of qubits, each coupled to its neighbors."""

    grid: tuple[Count, Count]
    gates: NativeGates = ("cz",)
    calibration: DeviceCalibration | None = None

    @property
    def title(self) -> str:
        return "grid {}x{}".format(*self.grid)

    @property
    def size(self) -> int:
        return self.grid[0] * self.grid[1]

    def count_couplers(self) -> int:
        rows, columns = self.grid
        return rows * (columns - 1) + columns * (rows - 1)

    def build(self) -> targets.Device:
        rows, columns = map(range, self.grid)
        shape = make_lattice((r, c) for r in rows for c in columns)
        return _assemble(self.title, shape, self.gates, self.calibration)


class HeavyHexDevice(Layout):
    """The heavy-hexagon lattice of an odd code distance d: (5 d**2 - 2 d - 1) / 2 qubits."""

    heavy_hex: Count
    gates: NativeGates = ("cz",)
    calibration: DeviceCalibration | None = None

    @property
    def title(self) -> str:
        return f"heavy-hex {self.heavy_hex}"

    @property
    def size(self) -> int:
        return (5 * self.heavy_hex**2 - 2 * self.heavy_hex - 1) // 2

    def count_couplers(self) -> int:
        return len(make_heavy_hex(self.heavy_hex).edges)

    def build(self) -> targets.Device:
        shape = make_heavy_hex(self.heavy_hex)
        return _assemble(self.title, shape, self.gates, self.calibration)


def can_exist(device: HeavyHexDevice) -> bool:
    """Tell whether there is a heavy-hexagon lattice of this distance."""
    return device.heavy_hex % 2 == 1 and device.heavy_hex >= 3


class EdgesDevice(Layout):
    """A device given by its couplers; its qubits are the numbers that occur, or those listed."""

    edges: tuple[Pair, ...] = Field(min_length=1)
    name: str = Field(
        "custom",
        pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$",
        description="a letter, then at most 63 letters, digits, _, . or -",
    )
    gates: NativeGates = ("cz",)
    qubits: tuple[Pair, ...] | None = Field(
        None, description="[row, column] of each qubit; edges then count them from 0"
    )
    calibration: DeviceCalibration | None = None
    source: Text | None = Field(None, description="where the numbers come from")
    license: Text | None = Field(None, description="license of the numbers")
    date: Text | None = Field(None, description="when it was measured, such as 2026-04-17")
    notes: tuple[Text, ...] | None = Field(None, description="what a reader should know")

    @property
    def title(self) -> str:
        return self.name

    @property
    def numbers(self) -> tuple[int, ...]:
        """The numbers that its qubits have in ``edges``."""
        if self.qubits is not None:
            return tuple(range(len(self.qubits)))
        return tuple(sorted({qubit for edge in self.edges for qubit in edge}))

    @property
    def size(self) -> int:
        return len(self.numbers)

    def count_couplers(self) -> int:
        return len(self.edges)

    def build(self) -> targets.Device:
        """Return the device, with its calibration in the order of its qubits and couplers."""
        shape = make_shape(self.model_dump(include={"edges", "qubits"}))
        return _assemble(self.name, shape, self.gates, self.calibration, self.edges)


class FileDevice(Layout):
    """A YAML or JSON file of what ``EdgesDevice`` holds; read when the spec is loaded."""

    file: Annotated[str, Field(min_length=1, description="path, relative to the spec's folder")]

    def build(self) -> targets.Device:
        """Raise, for a file is read when the spec is loaded."""
        raise TypeError(f"a device file is read when the spec is loaded: {self.file}")


_BY_KEY = {
    "grid": "GridDevice",
    "heavy_hex": "HeavyHexDevice",
    "edges": "EdgesDevice",
    "file": "FileDevice",
}

Device = Annotated[
    Annotated[str, NameIn(DEVICES)] | GridDevice | HeavyHexDevice | EdgesDevice | FileDevice,
    Alternatives(
        lambda: f"{', '.join(DEVICES)}, or a mapping with grid, heavy_hex, edges or file", _BY_KEY
    ),
]


def build_device(chosen: Device, qubits: int) -> targets.Device:
    """Return the device a spec asks for.

    Args:
        chosen: The device of a spec that was checked (``qslc.spec.checks``): it can exist, and a
            ``FileDevice`` was replaced by what its file holds.
        qubits: The number of the program's qubits: the size of ``all_to_all``, ``line``, ``ring``.
    """
    return DEVICES[chosen].build(qubits) if isinstance(chosen, str) else chosen.build()


def is_calibrated(chosen: Device) -> bool:
    """Return whether the errors of a device have been measured."""
    if isinstance(chosen, str):
        return DEVICES[chosen].calibration is not None
    return getattr(chosen, "calibration", None) is not None


def list_calibrated() -> tuple[str, ...]:
    """Return the names of the calibrated devices."""
    return tuple(name for name in DEVICES if is_calibrated(name))


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list of devices.

    Args:
        spelling: What to write after ``device:`` in a spec.
        qubits: The number of qubits, or None where the device takes the size of the program.
        couplers: The number of coupled pairs, or None likewise.
        gates: Native two-qubit gates.
        calibrated: Whether ``noise: device`` is known for it.
        about: One phrase.
    """

    spelling: str
    qubits: int | None
    couplers: int | None
    gates: tuple[str, ...]
    calibrated: bool
    about: str


def list_devices() -> tuple[Listed, ...]:
    """List every device, those that the program sizes first; of each form an example."""
    named = [
        _list(name, e.about, e.gates, e.build(0, calibrated=False) if e.size else None)
        for name, e in DEVICES.items()
    ]
    grid, hexagons = GridDevice(grid=(5, 5)), HeavyHexDevice(heavy_hex=7)
    forms = (
        _list("{grid: [5, 5]}", "rows and columns of your choice", grid.gates, grid.build()),
        _list("{heavy_hex: 7}", "an odd distance of your choice", hexagons.gates, hexagons.build()),
    )
    sized = [entry for entry in named if entry.qubits is None]
    return (*sized, *forms, *(entry for entry in named if entry.qubits is not None))


def _list(
    spelling: str, about: str, gates: tuple[str, ...], built: targets.Device | None
) -> Listed:
    size, couplers = (len(built.coordinates), len(built.edges)) if built else (None, None)
    return Listed(spelling, size, couplers, gates, spelling in list_calibrated(), about)


def _assemble(
    name: str,
    shape: Shape,
    gates: tuple[str, ...],
    measured: DeviceCalibration | None,
    edges: tuple[tuple[int, int], ...] = (),
) -> targets.Device:
    """Assemble a device, whose couplers are measured in the order of edges, or in their own."""
    distinct = tuple(dict.fromkeys(gates))
    calibration = None
    if measured is not None:
        order, size = edges or shape.edges, len(shape.coordinates)
        title = f"calibration of {name}"
        calibration = make_calibration(title, measured.model_dump(), size, order)
    return targets.Device(name, shape.coordinates, shape.edges, distinct, calibration)
