"""Messages to and from a peer. Needs nothing but the standard library."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from benchmarks.depth.exchange import Task
from benchmarks.depth.qasm import Gate


@dataclass(frozen=True, slots=True)
class Calibration:
    """Calibrated errors of a device, as probabilities; times in nanoseconds.

    Args:
        one_qubit: Average infidelity of a one-qubit gate, by qubit.
        two_qubit: Average infidelity of a two-qubit gate, by coupler.
        readout: Mean of the two errors of reading a qubit.
        t1_ns: T1 of each qubit.
        t2_ns: T2 of each qubit.
        gate_ns: Length of a one-qubit and of a two-qubit gate.
    """

    one_qubit: tuple[float, ...]
    two_qubit: tuple[float, ...]
    readout: tuple[float, ...]
    t1_ns: tuple[float, ...]
    t2_ns: tuple[float, ...]
    gate_ns: tuple[float, float]


@dataclass(frozen=True, slots=True)
class NoisyTask(Task):
    """A logical circuit with numeric angles, and a calibrated device with CZ."""

    calibration: Calibration

    @classmethod
    def from_json(cls, text: str) -> NoisyTask:
        data: dict[str, Any] = json.loads(text)
        calibration = Calibration(**{k: tuple(v) for k, v in data.pop("calibration").items()})
        plain = Task.from_json(json.dumps(data))
        fields = {name: getattr(plain, name) for name in Task.__dataclass_fields__}
        return cls(**fields, calibration=calibration)


def estimate_log_success(task: NoisyTask, gates: tuple[Gate, ...], read: frozenset[int]) -> float:
    """Return the logarithm of the estimated success probability of a circuit.

    The product over gates and readouts of 1 - error, by which peers choose among their attempts.
    """
    lost = dict(zip(map(frozenset, task.edges), task.calibration.two_qubit, strict=True))
    total = 0.0
    for gate in gates:
        if len(gate.qubits) == 1:
            if gate.name not in {"rz", "id", "z", "s", "sdg", "t", "tdg", "u1", "p"}:
                total += math.log1p(-task.calibration.one_qubit[gate.qubits[0]])
        else:
            times = 3 if gate.name == "swap" else 1
            total += times * math.log1p(-min(0.999, lost[frozenset(gate.qubits)]))
    return total + sum(math.log1p(-task.calibration.readout[qubit]) for qubit in read)
