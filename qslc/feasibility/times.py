"""Compute how long a chip takes for a token."""

from __future__ import annotations

import math
from dataclasses import dataclass

import rustworkx as rx

from qslc.ir.metrics import Moments
from qslc.targets.device import ONE_QUBIT_NS, TWO_QUBIT_NS, Device

READOUT_NS = 1000.0
"""Duration of a readout where a calibration does not say it."""

REPETITION_US = 200.0
"""Time between two runs where a calibration does not say it: 5 kHz, as in Arute et al. 2019,
Nature 574, 505."""

CALL_S = 1.0
"""Time of a call beside its runs, which no calibration says: a second for a service in the cloud
that answers at once. Waiting in a queue is not counted."""

_MOST_TRIES = 100_000
"""Steps of the search for room for a copy, which is given up then: milliseconds."""

SENTENCE = 25
"""Tokens of a sentence."""


@dataclass(frozen=True, slots=True)
class ChipTime:
    """Time of a chip.

    Args:
        settings: Settings of the measurement, each a circuit of its own.
        circuit_ns: Duration of the circuit in nanoseconds, without the readout.
        readout_ns: Duration of the readout in nanoseconds.
        repetition_us: Time in microseconds from the end of a run to the next.
        call_s: Time in seconds of a call beside its runs; a call has one setting and many tokens.
        copies: Number of copies of the circuit side by side, each of which takes a token.
        assumed: Which of these are not known of the chip.
    """

    settings: int
    circuit_ns: float
    readout_ns: float
    repetition_us: float
    call_s: float
    copies: int
    assumed: tuple[str, ...]

    @property
    def shot_seconds(self) -> float:
        """Time of one run."""
        return 1e-9 * (self.circuit_ns + self.readout_ns) + 1e-6 * self.repetition_us

    def measure(self, shots: int, tokens: int = 1) -> float:
        """Return the seconds that tokens take which are sent together."""
        runs = shots * math.ceil(tokens / self.copies)
        return self.settings * (runs * self.shot_seconds + self.call_s)


def measure_times(columns: Moments, device: Device, settings: int, *, copies: int = 1) -> ChipTime:
    """Measure the time of a native program on a device; what is not known is assumed."""
    measured = device.calibration
    usual = {1: ONE_QUBIT_NS, 2: TWO_QUBIT_NS}
    lasting: dict[tuple[int, ...], float] = {}
    if measured is not None:
        usual = {1: measured.one_qubit_ns, 2: measured.two_qubit_ns}
        lasting = dict(zip(device.edges, measured.coupler_ns, strict=False))
    duration = sum(
        max(lasting.get(tuple(sorted(op.qubits)), usual[len(op.qubits)]) for op in column)
        for column in columns
        if column
    )
    readout = measured.readout_ns if measured else None
    repetition = measured.rep_delay_us if measured else None
    known = {
        "gate times": measured is not None,
        "readout time": readout is not None,
        "time between runs": repetition is not None,
        "time of a call": False,
    }
    return ChipTime(
        settings,
        duration,
        READOUT_NS if readout is None else readout,
        REPETITION_US if repetition is None else repetition,
        CALL_S,
        copies,
        tuple(name for name, is_known in known.items() if not is_known),
    )


def count_copies(columns: Moments, device: Device, qubits: tuple[int, ...]) -> int:
    """Count the copies of a circuit that find room beside each other on a device, itself included.

    Each has the couplers of the circuit and shares no qubit with another; they may be neighbors,
    and their errors differ. They are placed one after the other: more may fit.
    """
    patch = rx.PyGraph()
    index = {qubit: patch.add_node(qubit) for qubit in qubits}
    pairs = {tuple(sorted(op.qubits)) for column in columns for op in column if op.qubits[1:]}
    patch.add_edges_from_no_data([(index[a], index[b]) for a, b in sorted(pairs)])
    host = rx.PyGraph()
    host.add_nodes_from(range(len(device.coordinates)))
    host.add_edges_from_no_data(list(device.edges))
    free, count = {*range(len(device.coordinates))} - {*qubits}, 1
    while len(free) >= len(qubits):
        part = host.subgraph(sorted(free))
        maps = rx.vf2_mapping(part, patch, subgraph=True, induced=False, call_limit=_MOST_TRIES)
        found = next(iter(maps), None)
        if found is None:
            break
        free -= {part[place] for place in found}
        count += 1
    return count
