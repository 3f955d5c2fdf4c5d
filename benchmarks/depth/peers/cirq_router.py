"""Cirq's router and its optimizer for a CZ gate set."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cirq
import networkx
from cirq.contrib.qasm_import import circuit_from_qasm

from benchmarks.depth.exchange import Compiled, Task, move_observables


def list_attempts(task: Task) -> dict[str, Callable[[], Compiled]]:
    return {"RouteCQC": partial(_route, task)}


def _route(task: Task) -> Compiled:
    device = networkx.Graph((cirq.LineQubit(a), cirq.LineQubit(b)) for a, b in task.edges)
    logical = circuit_from_qasm(task.qasm)
    routed, first, moved = cirq.RouteCQC(device).route_circuit(logical)
    final = cirq.optimize_for_target_gateset(routed, gateset=cirq.CZTargetGateset())
    start = {int(qubit.name.removeprefix("q_")): place for qubit, place in first.items()}
    text = "".join(_write_statement(op) for op in final.all_operations())
    return Compiled(
        text,
        tuple(start[qubit].x for qubit in range(task.qubits)),
        move_observables(task, {qubit: moved[place].x for qubit, place in start.items()}),
    )


def _write_statement(op: cirq.Operation) -> str:
    qubits = ",".join(f"q[{qubit.x}]" for qubit in op.qubits)
    if op.gate == cirq.CZ:
        return f"cz {qubits};\n"
    gate = cirq.PhasedXZGate.from_matrix(cirq.unitary(op))
    turn, axis, phase = gate.x_exponent, gate.axis_phase_exponent, gate.z_exponent
    angles = f"{turn!r}*pi,{phase + axis - 0.5!r}*pi,{0.5 - axis!r}*pi"
    return f"u3({angles}) {qubits};\n"
