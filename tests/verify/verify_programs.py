"""Programs for the tests of verification."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import sympy

from qslc.ir.program import Operation, PauliString, Placement, Program
from tests.passes.pass_programs import A, B, op


def layered(qubits: int, layers: int, start: str = "any") -> Program:
    """Layers of RY, RZ and a CNOT ring, with Z on every qubit and one string of X and Y."""
    operations = [] if start == "any" else [op(f"h {i}") for i in range(qubits)]
    for layer in range(layers):
        for i in range(qubits):
            operations.append(op(f"ry {i}", sympy.Symbol(f"t{layer}_{i}")))
            operations.append(op(f"rz {i}", sympy.Symbol(f"u{layer}_{i}") + A / 2))
        operations += [op(f"cnot {i} {(i + 1) % qubits}") for i in range(qubits)]
        operations.append(op("cry 1 0", A * B))
    return Program(
        qubits=qubits,
        operations=tuple(operations),
        observables=(
            *(PauliString(((i, "Z"),)) for i in range(qubits)),
            PauliString(((0, "X"), (1, "Y"))),
        ),
        start=start,
    )


def same_place(program: Program) -> Placement:
    places = tuple(range(program.qubits))
    return Placement(places, places)


def with_operation(program: Program, index: int, *new: Operation) -> Program:
    """The program with other operations in place of one."""
    operations = program.operations
    return replace(program, operations=(*operations[:index], *new, *operations[index + 1 :]))


def places(qubits: int, device: int, seed: int = 0) -> tuple[int, ...]:
    return tuple(np.random.default_rng(seed).permutation(device)[:qubits].tolist())
