"""A device as a value: its qubits, couplers, native two-qubit gates and calibration."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp
from typing import Any

ONE_QUBIT_NS, TWO_QUBIT_NS = 25.0, 32.0
"""Default durations of gates: DEFAULT_GATE_NS of cirq-google 1.5."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Measured errors and times, by device qubit or, for two-qubit gates, by coupler.

    A gate error is the probability of a random Pauli (``cirq.depolarize``). As benchmarked, it
    holds the decay during the gate.

    Args:
        source: Where the numbers come from.
        one_qubit: Error of a one-qubit gate, of each qubit.
        two_qubit: Error of a two-qubit gate, of each coupler in the order of ``Device.edges``.
        readout: Probabilities that a 0 is read as 1 and that a 1 is read as 0, of each qubit.
        t1_micros: Relaxation time of each qubit in microseconds, infinite where none is known.
        t2_micros: Coherence time of each qubit in microseconds, at most twice the relaxation time.
        one_qubit_ns: Duration of a one-qubit gate in nanoseconds.
        two_qubit_ns: Duration of a two-qubit gate in nanoseconds; where ``coupler_ns`` is known,
            their median.
        coupler_ns: Duration of each coupler's gate, or nothing where all last as long.
        angles: The coherent error of each coupler's gate: theta and phi in radians of the
            ``cirq.FSimGate`` that follows it; nothing where none is known. ``two_qubit`` holds its
            part of the error.
        readout_ns: Duration of a readout, if it is known.
        rep_delay_us: Time in microseconds between two runs of a circuit, if it is known.
    """

    source: str
    one_qubit: tuple[float, ...]
    two_qubit: tuple[float, ...]
    readout: tuple[tuple[float, float], ...]
    t1_micros: tuple[float, ...]
    t2_micros: tuple[float, ...]
    one_qubit_ns: float = ONE_QUBIT_NS
    two_qubit_ns: float = TWO_QUBIT_NS
    coupler_ns: tuple[float, ...] = ()
    angles: tuple[tuple[float, float], ...] = ()
    readout_ns: float | None = None
    rep_delay_us: float | None = None

    @property
    def moments_ns(self) -> tuple[float, float]:
        """The durations of a moment without and with a two-qubit gate."""
        return self.one_qubit_ns, max(self.one_qubit_ns, self.two_qubit_ns)

    def decay(self, qubit: int, nanos: float) -> float:
        """Return the probability that a 1 decays during a time: 1 - exp(-t / T1)."""
        return 1 - exp(-nanos / (1000 * self.t1_micros[qubit]))

    def dephase(self, qubit: int, nanos: float) -> float:
        """Return the probability of a phase flip during a time, apart from decay.

        (1 - exp(-t / Tphi)) / 2 with 1 / Tphi = 1 / T2 - 1 / (2 T1).
        """
        rate = max(0.0, 1 / self.t2_micros[qubit] - 1 / (2 * self.t1_micros[qubit]))
        return (1 - exp(-nanos / 1000 * rate)) / 2

    def wait_error(self, qubit: int, nanos: float) -> float:
        """Return the probability of a Pauli error by decay and dephasing during a time.

        1 - entanglement fidelity: (3 - exp(-t / T1) - 2 exp(-t / T2)) / 4.
        """
        relaxed = exp(-nanos / (1000 * self.t1_micros[qubit]))
        coherent = exp(-nanos / (1000 * min(self.t2_micros[qubit], 2 * self.t1_micros[qubit])))
        return (3 - relaxed - 2 * coherent) / 4

    def part(self, qubits: Sequence[int], couplers: Sequence[int]) -> Calibration:
        """Return what concerns some qubits and couplers, by their positions."""
        kept: dict[str, Any] = {}
        for field in ("two_qubit", "coupler_ns", "angles"):
            values = getattr(self, field)
            kept[field] = tuple(values[each] for each in couplers) if values else ()
        for field in ("one_qubit", "readout", "t1_micros", "t2_micros"):
            kept[field] = tuple(getattr(self, field)[qubit] for qubit in qubits)
        return replace(self, **kept)


DEAD = 1 / 2
"""Probability of a Pauli error from which on a preparation does not use a coupler."""


@dataclass(frozen=True, slots=True)
class Device:
    """A quantum processor, or an idealized one.

    Any one-qubit gate is native.

    Args:
        name: The name in the spec, or that a user gave.
        coordinates: Of each qubit, (row, column) for a ``cirq.GridQubit``, (x,) for a
            ``cirq.LineQubit``. A device qubit is an index into this tuple.
        edges: Coupled pairs of indices, the smaller first, sorted.
        gates: Native two-qubit gates. Others are made of the one that takes the fewest for a CNOT,
            of equal ones the first.
        calibration: What has been measured on it, if anything has.
    """

    name: str
    coordinates: tuple[tuple[int, ...], ...]
    edges: tuple[tuple[int, int], ...]
    gates: tuple[str, ...] = ("cz",)
    calibration: Calibration | None = None

    def label(self, *qubits: int) -> str:
        """Return the names of device qubits, as Cirq prints them: "q(3, 4) q(3, 5)"."""
        return " ".join(f"q({', '.join(map(str, self.coordinates[q]))})" for q in qubits)

    def part(self, qubits: Sequence[int]) -> Device:
        """Return the device of some qubits, in rising order, and of what belongs to them."""
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


def list_live_couplers(device: Device) -> tuple[tuple[int, int], ...]:
    """List the couplers that a preparation may use: those that do not err more often than not."""
    if device.calibration is None:
        return device.edges
    errors = zip(device.edges, device.calibration.two_qubit, strict=True)
    return tuple(pair for pair, error in errors if error < DEAD)
