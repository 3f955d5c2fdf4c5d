"""The parts of Qiskit that ``IbmSampler`` uses, written again: circuits, and a SamplerV2."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import cirq
import numpy as np

# Qiskit's ECR on (control, target), (IX - XY) / sqrt(2) with the first qubit on the right.
_X, _Y = cirq.unitary(cirq.X), cirq.unitary(cirq.Y)
ECR = cirq.MatrixGate((np.kron(_X, np.eye(2)) - np.kron(_Y, _X)) / math.sqrt(2))


@dataclass(frozen=True)
class Expression:
    """factor * parameter + offset."""

    name: str
    factor: float = 1.0
    offset: float = 0.0

    def __rmul__(self, factor: float) -> Expression:
        return Expression(self.name, factor * self.factor, factor * self.offset)

    def __rsub__(self, number: float) -> Expression:
        return Expression(self.name, -self.factor, number - self.offset)

    def evaluate(self, values: dict[str, float]) -> float:
        return self.factor * values[self.name] + self.offset


Parameter = Expression


@dataclass(frozen=True)
class ClassicalRegister:
    size: int
    name: str


def QuantumRegister(size: int, name: str) -> int:  # noqa: N802 - a class in Qiskit
    assert name
    return size


@dataclass
class QuantumCircuit:
    qubits: int
    steps: list[tuple[str, Any, list[int]]] = field(default_factory=list)
    registers: list[ClassicalRegister] = field(default_factory=list)
    measured: dict[str, list[int]] = field(default_factory=dict)

    def rz(self, angle: Any, qubit: int) -> None:
        self.steps.append(("rz", angle, [qubit]))

    def sx(self, qubit: int) -> None:
        self.steps.append(("sx", None, [qubit]))

    def cz(self, *on: int) -> None:
        self.steps.append(("cz", None, [*on]))

    def ecr(self, *on: int) -> None:
        self.steps.append(("ecr", None, [*on]))

    def cx(self, *on: int) -> None:
        self.steps.append(("cx", None, [*on]))

    def add_register(self, register: ClassicalRegister) -> None:
        self.registers.append(register)

    def measure(self, on: list[int], register: ClassicalRegister) -> None:
        assert len(on) == register.size
        self.measured[register.name] = on

    @property
    def parameters(self) -> list[Expression]:
        names = {angle.name for _, angle, _ in self.steps if isinstance(angle, Expression)}
        return [Expression(name) for name in sorted(names)]

    def bind(self, values: Any) -> cirq.Circuit:
        """Return the circuit in Cirq for values in the order of the parameters."""
        named = {p.name: float(v) for p, v in zip(self.parameters, values, strict=True)}
        gates: dict[str, Callable[[Any], cirq.Gate]] = {
            "rz": lambda a: cirq.rz(a.evaluate(named) if isinstance(a, Expression) else a),
            "sx": lambda _: cirq.X**0.5,
            "cz": lambda _: cirq.CZ,
            "ecr": lambda _: ECR,
            "cx": lambda _: cirq.CNOT,
        }
        steps = (gates[n](a).on(*map(cirq.LineQubit, on)) for n, a, on in self.steps)
        read = (
            cirq.measure(*map(cirq.LineQubit, on), key=key) for key, on in self.measured.items()
        )
        return cirq.Circuit(steps, read)


class SamplerV2:
    """Runs PUBs, and keeps its jobs."""

    def __init__(self) -> None:
        self.jobs: dict[str, Any] = {}
        self.pubs: list[Any] = []

    def run(self, pubs: list[Any]) -> Any:
        name = f"d{len(self.jobs)}"
        self.pubs.append(pubs)
        results = [SimpleNamespace(data=_sample(*pub)) for pub in pubs]
        job = SimpleNamespace(job_id=lambda: name, result=lambda: results)
        self.jobs[name] = job
        return job


def _sample(circuit: QuantumCircuit, values: Any, shots: int) -> Any:
    rows = [[]] if values is None else values
    simulator = cirq.Simulator(seed=0)
    results = [simulator.run(circuit.bind(row), repetitions=shots) for row in rows]
    return SimpleNamespace(
        **{
            key: _pack([r.measurements[key] for r in results], values is None)
            for key in circuit.measured
        }
    )


def _pack(bits: list[Any], alone: bool) -> Any:
    """Return a BitArray: bytes, the highest bits first."""
    stacked = np.array(bits, np.uint8)
    packed = np.packbits(stacked, axis=-1, bitorder="little")[..., ::-1]
    return SimpleNamespace(array=packed[0] if alone else packed, num_bits=stacked.shape[-1])
