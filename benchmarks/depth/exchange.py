"""Messages to and from a peer. Needs nothing but the standard library."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

PauliString = tuple[int, tuple[tuple[int, str], ...]]
"""A sign, and letters on distinct qubits."""


@dataclass(frozen=True, slots=True)
class Task:
    """A logical circuit with numeric angles, and the device.

    Args:
        name: Name of the case.
        qasm: OpenQASM 2 on ``q``, without measurements.
        qubits: Number of qubits of the circuit.
        edges: The couplers of the device, both ways allowed.
        start: "zero", or "any" if the qubits hold an unknown state before the first gate.
        observables: Products of Z on the qubits.
    """

    name: str
    qasm: str
    qubits: int
    edges: tuple[tuple[int, int], ...]
    start: str
    observables: tuple[PauliString, ...]

    @property
    def measured(self) -> tuple[int, ...]:
        """The logical qubits that some observable reads."""
        return tuple(sorted({qubit for _, paulis in self.observables for qubit, _ in paulis}))

    def as_json(self) -> str:
        return json.dumps(asdict(self))

    @property
    def digest(self) -> str:
        """The same for the same circuit, device and observables."""
        return hashlib.sha256(self.as_json().encode()).hexdigest()[:16]

    @classmethod
    def from_json(cls, text: str) -> Task:
        data: dict[str, Any] = json.loads(text)
        data["edges"] = tuple((a, b) for a, b in data["edges"])
        data["observables"] = tuple(
            (sign, tuple((qubit, letter) for qubit, letter in paulis))
            for sign, paulis in data["observables"]
        )
        return cls(**data)


@dataclass(frozen=True, slots=True)
class Compiled:
    """A circuit on device qubits.

    Args:
        qasm: OpenQASM on one register ``q``, indexed by device qubit.
        start: The device qubit that each logical qubit starts on.
        observables: Each observable of the task, on the device qubits after the last gate.
        angles: Values in radians of the parameters of ``qasm``, if it has any.
    """

    qasm: str
    start: tuple[int, ...]
    observables: tuple[PauliString, ...]
    angles: Mapping[str, float] | None = None


def move_observables(task: Task, end: Mapping[int, int]) -> tuple[PauliString, ...]:
    """Return the observables where logical qubit i ends on device qubit ``end[i]``."""
    return tuple(
        (sign, tuple((end[qubit], letter) for qubit, letter in paulis))
        for sign, paulis in task.observables
    )
