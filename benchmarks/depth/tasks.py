"""Turn a case into a task: the logical circuit in OpenQASM 2 with random angles, and the device."""

from __future__ import annotations

import math
import random

import rustworkx as rx

from benchmarks.depth.exchange import Task
from benchmarks.depth.qasm import read_gates
from benchmarks.depth.suite import Case
from qslc.ir.program import Program
from qslc.lower.logical import lower_to_logical
from qslc.spec.devices import build_device

MAX_CALLS = 3_000_000
"""Steps of the search for a placement, at most."""

_NAMES = {"cnot": "cx"}


def make_task(case: Case) -> Task:
    """Return the task of a case, the same on every call."""
    spec = case.make_spec()
    program = lower_to_logical(spec)
    return Task(
        name=case.name,
        qasm=write_qasm2(program, draw_angles(case.name, program)),
        qubits=program.qubits,
        edges=build_device(spec.device, spec.qubits).edges,
        start=program.start,
        observables=tuple((string.sign, string.paulis) for string in program.observables),
    )


def draw_angles(name: str, program: Program) -> dict[str, float]:
    """Draw an angle in radians for each input and weight, with the case's name as the seed."""
    rng = random.Random(name)
    return {name: rng.uniform(-math.pi, math.pi) for name in (*program.inputs, *program.weights)}


def write_qasm2(program: Program, values: dict[str, float]) -> str:
    """Return a program with its angles as numbers in OpenQASM 2."""
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{program.qubits}];"]
    for op in program.operations:
        angle = "" if op.angle is None else f"({values[str(op.angle)]!r})"
        qubits = ",".join(f"q[{qubit}]" for qubit in op.qubits)
        lines.append(f"{_NAMES.get(op.gate, op.gate)}{angle} {qubits};")
    return "\n".join(lines) + "\n"


def needs_routing(task: Task) -> bool:
    """Tell whether no placement puts every two-qubit gate of the logical circuit on a coupler.

    The search (Cordella et al. 2004, VF2) is bounded; what it cannot place counts as needing
    routing. An odd ring is told from a device without odd rings before any search.
    """
    pairs = {gate.qubits for gate in read_gates(task.qasm) if len(gate.qubits) == 2}
    pattern, device = rx.PyGraph(multigraph=False), rx.PyGraph(multigraph=False)
    pattern.extend_from_edge_list(sorted(pairs))
    device.extend_from_edge_list(sorted(task.edges))
    if rx.is_bipartite(device) and not rx.is_bipartite(pattern):
        return True
    return not rx.is_subgraph_isomorphic(device, pattern, induced=False, call_limit=MAX_CALLS)
