"""Circuits with their measurement: symbolic in the angles, one for each setting."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.engines.measurement import Setting, SignedString, average_counts

KEY = "bits"
"""Name of the measurement."""

CHOOSES_BASIS = "chooses basis"
"""Tag of the rotations before a measurement."""

_TO_Z = {"X": cirq.ry(-np.pi / 2), "Y": cirq.rx(np.pi / 2)}


@dataclass(frozen=True)
class MeasuredCircuit:
    """A circuit that ends in the measurement of a setting.

    Args:
        circuit: The circuit; the key of its measurement is ``KEY``.
        names: Its symbols, in the order of angles.
        strings: The Pauli strings that are read, on positions in the measured bits.
        members: The index of each of them among all strings.
        width: Number of bits.
        digest: Digest of the circuit: 16 hexadecimal digits.
        signs: By symbol, what its angle is multiplied by; empty: 1.
        shifts: By symbol, what is added to it then, in radians; empty: 0.
        variant: What tells it from others with the same circuit; empty where there is one.
    """

    circuit: cirq.Circuit
    names: tuple[str, ...]
    strings: tuple[SignedString, ...]
    members: tuple[int, ...]
    width: int
    digest: str
    signs: tuple[float, ...] = ()
    shifts: tuple[float, ...] = ()
    variant: str = ""

    @property
    def read(self) -> tuple[cirq.Qid, ...]:
        """The measured qubits, in the order of the bits."""
        (measurement,) = self.circuit[-1].operations
        return measurement.qubits

    def average(self, counts: Mapping[str, int]) -> NDArray[np.float64]:
        """Return the mean of each string from the number of shots of each bit string."""
        return average_counts(counts, self.strings)

    def turn(self, angles: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values of the symbols (..., A) for angles (..., A), all in radians."""
        return angles * self.signs + self.shifts if self.signs else angles

    def resolve(self, angles: NDArray[np.float64]) -> cirq.ParamResolver:
        """Return the values of the symbols for angles (A,) in radians."""
        return cirq.ParamResolver(dict(zip(self.names, self.turn(angles).tolist(), strict=True)))


def measure_setting(
    circuit: cirq.Circuit,
    names: tuple[str, ...],
    qubits: Sequence[cirq.Qid],
    strings: Sequence[SignedString],
    setting: Setting,
) -> MeasuredCircuit:
    """Append the basis rotations and the measurement of a setting.

    Args:
        circuit: The circuit.
        names: Its symbols.
        qubits: The qubits that strings number.
        strings: All strings.
        setting: The strings to read.
    """
    read = sorted(setting.bases)
    rotations = (
        _TO_Z[pauli].on(qubits[q]).with_tags(CHOOSES_BASIS)
        for q, pauli in sorted(setting.bases.items())
        if pauli != "Z"
    )
    measurement = cirq.measure(*(qubits[q] for q in read), key=KEY)
    tail = [moment for moment in (cirq.Moment(rotations), cirq.Moment(measurement)) if moment]
    measured = circuit + cirq.Circuit(tail)
    places = {q: i for i, q in enumerate(read)}
    return MeasuredCircuit(
        circuit=measured,
        names=names,
        strings=tuple(
            SignedString({places[q]: p for q, p in strings[i].paulis.items()}, strings[i].sign)
            for i in setting.members
        ),
        members=setting.members,
        width=len(read),
        digest=hashlib.sha256(cirq.to_json(measured).encode()).hexdigest()[:16],
    )


def split_measurement(circuit: cirq.Circuit) -> tuple[cirq.Circuit, cirq.Circuit]:
    """Cut a circuit before its basis rotations and measurement."""

    def is_tail(moment: cirq.Moment) -> bool:
        return any(CHOOSES_BASIS in op.tags or cirq.is_measurement(op) for op in moment)

    cut = next((i for i, moment in enumerate(circuit) if is_tail(moment)), len(circuit))
    return circuit[:cut], circuit[cut:]


def count_bits(bits: NDArray[np.uint8]) -> dict[str, int]:
    """Return the number of shots of each bit string, sorted: (shots, width) of 0 and 1."""
    packed = np.packbits(bits, axis=1)
    rows = packed.view(f"V{packed.shape[1]}") if packed.shape[1] > 1 else packed
    _, first, counts = np.unique(rows.reshape(-1), return_index=True, return_counts=True)
    texts = ("".join(map(str, row)) for row in bits[first].tolist())
    return dict(zip(texts, counts.tolist(), strict=True))
