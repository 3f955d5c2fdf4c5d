"""The noise of a device, put into its circuit as channels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import cirq


def noisy(
    circuit: cirq.Circuit, noise: Mapping[str, Any], qubits: Sequence[cirq.Qid]
) -> cirq.Circuit:
    """The circuit with errors after its gates and decay in each of its moments.

    After a gate, its qubits suffer a random Pauli error (``cirq.depolarize``). At the end of each
    moment, every qubit decays (``cirq.amplitude_damp``), whether a gate acted on it or not.

    Args:
        circuit: on device qubits, in native gates.
        noise: as under "noise" in report.json. A qubit or pair that it leaves out has no error.
        qubits: that decay.
    """
    damping = cirq.Moment(_damping(noise["amplitude_damping"], qubits))
    moments = [(moment, cirq.Moment(_errors(noise, moment)), damping) for moment in circuit]
    return cirq.Circuit(part for parts in moments for part in parts if part.operations)


def _errors(noise: Mapping[str, Any], moment: cirq.Moment) -> Iterator[cirq.Operation]:
    for op in moment:
        count = len(op.qubits)
        rates = noise["one_qubit" if count == 1 else "two_qubit"]
        forwards, backwards = (" ".join(map(str, q)) for q in (op.qubits, op.qubits[::-1]))
        probability = rates.get(forwards, rates.get(backwards, 0.0))
        if probability:
            yield cirq.depolarize(probability, count).on(*op.qubits)


def _damping(gammas: Mapping[str, float], qubits: Sequence[cirq.Qid]) -> Iterator[cirq.Operation]:
    for qubit in qubits:
        if gammas.get(str(qubit)):
            yield cirq.amplitude_damp(gammas[str(qubit)]).on(qubit)
