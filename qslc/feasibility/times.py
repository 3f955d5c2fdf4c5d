"""How long a chip takes for a token."""

from __future__ import annotations

from dataclasses import dataclass

from qslc.ir.metrics import Moments
from qslc.targets.device import ONE_QUBIT_NS, TWO_QUBIT_NS, Device

READOUT_NS = 1000.0
"""Duration of a readout where a calibration does not say it."""

REPETITION_US = 200.0
"""Time between two runs where a calibration does not say it: 5 kHz, as in Arute et al. 2019,
Nature 574, 505."""

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
        assumed: Which of these the calibration does not say.
    """

    settings: int
    circuit_ns: float
    readout_ns: float
    repetition_us: float
    assumed: tuple[str, ...]

    @property
    def shot_seconds(self) -> float:
        """Time of one run."""
        return 1e-9 * (self.circuit_ns + self.readout_ns) + 1e-6 * self.repetition_us

    def measure_token(self, shots: int) -> float:
        """Return the seconds that a chip takes for a token."""
        return self.settings * shots * self.shot_seconds


def measure_times(columns: Moments, device: Device, settings: int) -> ChipTime:
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
    }
    return ChipTime(
        settings,
        duration,
        READOUT_NS if readout is None else readout,
        REPETITION_US if repetition is None else repetition,
        tuple(name for name, is_known in known.items() if not is_known),
    )
