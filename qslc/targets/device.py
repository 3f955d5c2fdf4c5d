"""A device as a value: its qubits, couplers, native two-qubit gates and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from qslc.targets.calibration import Calibration


@dataclass(frozen=True, slots=True)
class Device:
    """A quantum processor, or an idealised one.

    Any one-qubit gate is native.

    Args:
        name: as in the spec, or the name a user gave.
        coordinates: of each qubit: (row, column) for a ``cirq.GridQubit``, (x,) for a
            ``cirq.LineQubit``. A device qubit is an index into this tuple.
        edges: coupled pairs of indices, the smaller first, sorted.
        gates: native two-qubit gates, in order of preference.
        calibration: what has been measured on it, if anything has.
    """

    name: str
    coordinates: tuple[tuple[int, ...], ...]
    edges: tuple[tuple[int, int], ...]
    gates: tuple[str, ...] = ("cz",)
    calibration: Calibration | None = None

    def label(self, qubit: int) -> str:
        """The name of a device qubit, as Cirq prints it: "q(3, 4)"."""
        return f"q({', '.join(map(str, self.coordinates[qubit]))})"

    def part(self, qubits: Sequence[int]) -> Device:
        """Some of its qubits, in rising order, and what belongs to them."""
        index = {qubit: i for i, qubit in enumerate(qubits)}
        kept = [k for k, edge in enumerate(self.edges) if index.keys() >= {*edge}]
        measured = self.calibration
        return Device(
            self.name,
            tuple(self.coordinates[qubit] for qubit in qubits),
            tuple((index[a], index[b]) for a, b in (self.edges[k] for k in kept)),
            self.gates,
            measured and measured.part(qubits, kept),
        )
