"""The devices that a spec can name."""

from __future__ import annotations

from dataclasses import dataclass

from qslc.spec.model import GridDevice, HeavyHexDevice
from qslc.targets.build import chip, device
from qslc.targets.chips import CHIPS


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the catalogue.

    Args:
        spelling: what to write after ``device:`` in a spec.
        qubits: how many, or None where the device takes the size of the program.
        couplers: how many pairs are coupled, or None likewise.
        gates: native two-qubit gates.
        calibrated: whether ``noise: device`` is known for it.
        about: one phrase.
    """

    spelling: str
    qubits: int | None
    couplers: int | None
    gates: tuple[str, ...]
    calibrated: bool
    about: str


def catalogue() -> tuple[Entry, ...]:
    """Every kind of device, the ideal ones first; the sized ones as an example each."""
    ideal = (
        ("all_to_all", "every pair of qubits is coupled"),
        ("line", "qubit i is coupled to qubit i + 1"),
        ("ring", "a line whose ends are coupled"),
    )
    return (
        *(Entry(name, None, None, ("cz",), False, about) for name, about in ideal),
        _sized("{grid: [5, 5]}", GridDevice(grid=(5, 5)), "rows and columns of your choice"),
        _sized("{heavy_hex: 7}", HeavyHexDevice(heavy_hex=7), "an odd distance of your choice"),
        *(_chip(name) for name in CHIPS),
    )


def _sized(spelling: str, chosen: GridDevice | HeavyHexDevice, about: str) -> Entry:
    built = device(chosen, 0)
    size, couplers = len(built.coordinates), len(built.edges)
    return Entry(spelling, size, couplers, built.gates, False, about)


def _chip(name: str) -> Entry:
    built = chip(name)
    size, couplers = len(built.coordinates), len(built.edges)
    return Entry(name, size, couplers, built.gates, True, "Google, Sycamore generation")
