"""A program: gates on qubits 0 to n-1 and the observables measured at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import sympy

from qslc.ir.gates import GATES, Gate

Pauli = Literal["X", "Y", "Z"]


@dataclass(frozen=True, slots=True)
class Operation:
    """A gate on its qubits (control first), with its angle in radians if it is a rotation."""

    gate: str
    qubits: tuple[int, ...]
    angle: sympy.Expr | None = None

    @property
    def kind(self) -> Gate:
        return GATES[self.gate]


@dataclass(frozen=True, slots=True)
class PauliString:
    """A signed product of Pauli operators on distinct qubits, in the order of the qubits."""

    paulis: tuple[tuple[int, Pauli], ...]
    sign: int = 1

    @property
    def qubits(self) -> tuple[int, ...]:
        return tuple(qubit for qubit, _ in self.paulis)

    def __str__(self) -> str:
        text = "*".join(f"{pauli}{qubit}" for qubit, pauli in self.paulis)
        return text if self.sign > 0 else f"-{text}"


@dataclass(frozen=True, slots=True)
class Program:
    """A parameterised circuit and what is measured.

    Args:
        qubits: how many; they are numbered from 0.
        operations: in order.
        observables: measured on the final state, in the order of the layer's outputs.
        weights: names of the trainable angles, in the order of the layer's weight vector.
        inputs: names of the input features that occur as angles (x0, x1, ...).
        start: "zero" when the qubits start in |0...0>, "any" when they hold an encoded vector,
            so that no pass may assume their state.
        packing: how moments follow from the order: "earliest", each operation as early as it can
            be, as written; or "aligned", two-qubit gates in as few moments as possible, as a
            device runs them.
    """

    qubits: int
    operations: tuple[Operation, ...]
    observables: tuple[PauliString, ...]
    weights: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    start: Literal["zero", "any"] = "zero"
    packing: Literal["earliest", "aligned"] = "earliest"


@dataclass(frozen=True, slots=True)
class Placement:
    """Where each logical qubit is on the device, before the first and after the last gate."""

    start: tuple[int, ...]
    end: tuple[int, ...]
