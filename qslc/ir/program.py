"""A program: gates on qubits 0 to n-1 and the observables measured at the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import sympy

from qslc.ir.gate import Gate
from qslc.ir.gates import find_gate

Pauli = Literal["X", "Y", "Z"]

QubitMap: TypeAlias = Mapping[int, int] | Sequence[int]
"""The new number of each qubit, found by its old one."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A gate on its qubits (control first), with its angle in radians if it is a rotation."""

    gate: str
    qubits: tuple[int, ...]
    angle: sympy.Expr | None = None

    @property
    def kind(self) -> Gate:
        """The entry of the gate in the table."""
        return find_gate(self.gate)


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
    """A parameterized circuit and what is measured.

    Args:
        qubits: How many; they are numbered from 0.
        operations: In order.
        observables: Measured on the final state, in the order of the layer's outputs.
        weights: Names of the trainable angles, in the order of the layer's weight vector.
        inputs: Names of the input features that occur as angles (x0, x1, ...).
        start: "zero" when the qubits start in |0...0>, "any" when they hold an encoded vector,
            so that no pass may assume their state.
        packing: How moments follow from the order: "earliest", each operation as early as it can
            be, as written; or "aligned", two-qubit gates in as few moments as possible, as a
            device runs them.
        native: Two-qubit gates of the device, in which the cost of others is counted.
    """

    qubits: int
    operations: tuple[Operation, ...]
    observables: tuple[PauliString, ...]
    weights: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    start: Literal["zero", "any"] = "zero"
    packing: Literal["earliest", "aligned"] = "earliest"
    native: tuple[str, ...] = ("cz",)


def rename_qubits(program: Program, new: QubitMap, qubits: int) -> Program:
    """Return the program on ``qubits`` qubits, with qubit q renamed to ``new[q]``."""
    operations = tuple(rename_operations(program.operations, new))
    observables = tuple(rename_string(string, new) for string in program.observables)
    return replace(program, qubits=qubits, operations=operations, observables=observables)


def rename_operations(operations: Iterable[Operation], new: QubitMap) -> Iterator[Operation]:
    """Yield the operations with qubit q renamed to ``new[q]``."""
    return (replace(op, qubits=tuple(new[qubit] for qubit in op.qubits)) for op in operations)


def rename_string(string: PauliString, new: QubitMap) -> PauliString:
    """Return the Pauli string with qubit q renamed to ``new[q]``, in the order of the new names."""
    return replace(
        string, paulis=tuple(sorted((new[qubit], pauli) for qubit, pauli in string.paulis))
    )


@dataclass(frozen=True, slots=True)
class Placement:
    """Device qubit of each logical qubit, before the first and after the last gate."""

    start: tuple[int, ...]
    end: tuple[int, ...]
