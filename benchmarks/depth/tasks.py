"""A case as a task: the logical circuit in OpenQASM 2 with random angles, and the device."""

from __future__ import annotations

import math
import random

from benchmarks.depth.exchange import Task
from benchmarks.depth.suite import Case
from qslc.ir.program import Program
from qslc.lower.logical import logical_program
from qslc.spec.devices import build_device

_NAMES = {"cnot": "cx"}


def task(case: Case) -> Task:
    """The task of a case, the same on every call."""
    spec = case.spec()
    program = logical_program(spec)
    return Task(
        name=case.name,
        qasm=qasm2(program, angles(case.name, program)),
        qubits=program.qubits,
        edges=build_device(spec.device, spec.qubits).edges,
        start=program.start,
        observables=tuple((string.sign, string.paulis) for string in program.observables),
    )


def angles(name: str, program: Program) -> dict[str, float]:
    """For each input and weight an angle in radians, drawn with the case's name as the seed."""
    rng = random.Random(name)
    return {name: rng.uniform(-math.pi, math.pi) for name in (*program.inputs, *program.weights)}


def qasm2(program: Program, values: dict[str, float]) -> str:
    """A program in which every angle is one symbol."""
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{program.qubits}];"]
    for op in program.operations:
        angle = "" if op.angle is None else f"({values[str(op.angle)]!r})"
        qubits = ",".join(f"q[{qubit}]" for qubit in op.qubits)
        lines.append(f"{_NAMES.get(op.gate, op.gate)}{angle} {qubits};")
    return "\n".join(lines) + "\n"
