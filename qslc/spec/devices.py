"""The device that a spec is compiled for, and the noise that it is scored with."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, Tag

from qslc.spec.base import NAME, Count, Model, Pair, Positive, Probability, by_key, tagged

NativeGateName = Literal["cz", "cnot"]
NativeGates = Annotated[tuple[NativeGateName, ...], Field(min_length=1)]
DeviceName = Literal["all_to_all", "line", "ring", "rainbow", "weber"]


ONE_QUBIT_NS, TWO_QUBIT_NS = 25.0, 32.0
"""Default durations of gates: DEFAULT_GATE_NS of cirq-google 1.5."""


class GridDevice(Model):
    """Rows and columns of qubits, each coupled to its neighbours."""

    grid: tuple[Count, Count]
    gates: NativeGates = ("cz",)


class HeavyHexDevice(Model):
    """The heavy-hexagon lattice of an odd code distance d: (5 d**2 - 2 d - 1) / 2 qubits."""

    heavy_hex: Count
    gates: NativeGates = ("cz",)


class DeviceCalibration(Model):
    """What was measured on a device, by qubit in rising order of their numbers, or by coupler.

    What is left out is taken to be perfect; T2 is then twice T1, its largest possible value.
    """

    two_qubit: tuple[Probability, ...] = Field(
        description="probability of a Pauli error of a two-qubit gate, in the order of edges"
    )
    one_qubit: tuple[Probability, ...] | None = Field(
        None, description="probability of a Pauli error of a one-qubit gate, of each qubit"
    )
    readout: tuple[tuple[Probability, Probability], ...] | None = Field(
        None, description="[0 read as 1, 1 read as 0], of each qubit"
    )
    t1_us: tuple[Positive, ...] | None = Field(None, description="T1 of each qubit in microseconds")
    t2_us: tuple[Positive, ...] | None = Field(None, description="T2 of each qubit in microseconds")
    one_qubit_ns: Positive = Field(
        ONE_QUBIT_NS, description="duration of a one-qubit gate in nanoseconds"
    )
    two_qubit_ns: Positive = Field(
        TWO_QUBIT_NS, description="duration of a two-qubit gate in nanoseconds"
    )


class EdgesDevice(Model):
    """A device given by its couplers; its qubits are the numbers that occur."""

    edges: tuple[Pair, ...] = Field(min_length=1)
    name: str = Field(
        "custom",
        pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$",
        description="a letter, then at most 63 letters, digits, _, . or -",
    )
    gates: NativeGates = ("cz",)
    calibration: DeviceCalibration | None = None


class FileDevice(Model):
    """A YAML file that holds what ``EdgesDevice`` holds; read when the spec is loaded."""

    file: Annotated[str, Field(min_length=1, description="path, relative to the spec's folder")]


_BY_KEY = {
    "grid": "GridDevice",
    "heavy_hex": "HeavyHexDevice",
    "edges": "EdgesDevice",
    "file": "FileDevice",
}


Device = Annotated[
    Annotated[DeviceName, Tag(NAME)]
    | Annotated[GridDevice, Tag("GridDevice")]
    | Annotated[HeavyHexDevice, Tag("HeavyHexDevice")]
    | Annotated[EdgesDevice, Tag("EdgesDevice")]
    | Annotated[FileDevice, Tag("FileDevice")],
    tagged(
        "all_to_all, line, ring, rainbow, weber, or a mapping with grid, heavy_hex, edges or file",
        by_key(_BY_KEY),
    ),
]


class Depolarizing(Model):
    """Probability of a random Pauli error after each gate."""

    one_qubit: Probability = Field(0.0, alias="1q")
    two_qubit: Probability = Field(0.0, alias="2q")


class Readout(Model):
    """p01: a 0 is read as 1; p10: a 1 is read as 0."""

    p01: Probability = 0.0
    p10: Probability = 0.0


class Channels(Model):
    """The same noise on every qubit of the device."""

    depolarizing: Depolarizing = Depolarizing()
    amplitude_damping: Probability = Field(0.0, description="decay of each qubit per moment")
    readout: Readout = Readout()


Noise = Annotated[
    Annotated[Literal["none", "device"], Tag(NAME)] | Annotated[Channels, Tag("Channels")],
    tagged(
        "none, device, or a mapping with depolarizing, amplitude_damping or readout", "Channels"
    ),
]
