"""What has been measured on a device: errors of gates and readout, lifetimes and durations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, sqrt

from qslc.spec.devices import ONE_QUBIT_NS, TWO_QUBIT_NS


@dataclass(frozen=True, slots=True)
class Calibration:
    """Metrics of a device, by device qubit or, for two-qubit gates, by coupler.

    A gate error is the probability of a random Pauli (``cirq.depolarize``). As benchmarked, it
    holds the decay during the gate.

    Args:
        source: where the numbers come from.
        one_qubit: error of a one-qubit gate, of each qubit.
        two_qubit: error of a two-qubit gate, of each coupler in the order of ``Device.edges``.
        readout: probabilities that a 0 is read as 1 and that a 1 is read as 0, of each qubit.
        t1_micros: relaxation time of each qubit in microseconds, infinite where none is known.
        t2_micros: coherence time of each qubit in microseconds, at most twice the relaxation time.
        one_qubit_ns: duration of a one-qubit gate in nanoseconds.
        two_qubit_ns: duration of a two-qubit gate in nanoseconds.
    """

    source: str
    one_qubit: tuple[float, ...]
    two_qubit: tuple[float, ...]
    readout: tuple[tuple[float, float], ...]
    t1_micros: tuple[float, ...]
    t2_micros: tuple[float, ...]
    one_qubit_ns: float = ONE_QUBIT_NS
    two_qubit_ns: float = TWO_QUBIT_NS

    @property
    def moment_ns(self) -> float:
        """Duration of a moment that may hold any gate."""
        return max(self.one_qubit_ns, self.two_qubit_ns)

    def decay(self, qubit: int) -> float:
        """Probability that a 1 decays during one moment: 1 - exp(-t / T1)."""
        return 1 - exp(-self.moment_ns / (1000 * self.t1_micros[qubit]))

    def decay_error(self, qubit: int) -> float:
        """The part of a gate's error that the decay during its moment is.

        1 - entanglement fidelity of the amplitude-damping channel.
        """
        return 1 - ((1 + sqrt(1 - self.decay(qubit))) / 2) ** 2

    def part(self, qubits: Sequence[int], couplers: Sequence[int]) -> Calibration:
        """What concerns some qubits and couplers, by their positions."""
        return replace(
            self,
            one_qubit=tuple(self.one_qubit[qubit] for qubit in qubits),
            two_qubit=tuple(self.two_qubit[coupler] for coupler in couplers),
            readout=tuple(self.readout[qubit] for qubit in qubits),
            t1_micros=tuple(self.t1_micros[qubit] for qubit in qubits),
            t2_micros=tuple(self.t2_micros[qubit] for qubit in qubits),
        )
