"""Small tasks for the depth benchmark's tests."""

from __future__ import annotations

from benchmarks.depth.exchange import Task

HEAD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[3];\n'
CHAIN = ((0, 1), (1, 2), (2, 3))


def chain_task(start: str = "zero") -> Task:
    """Rotations and two CNOTs on three qubits, each Z measured, for four qubits on a line."""
    rotations = "".join(f"ry({0.3 + i}) q[{i}];\n" for i in range(3))
    return Task(
        name="chain",
        qasm=f"{HEAD}{rotations}cx q[0],q[1];\ncx q[1],q[2];\n",
        qubits=3,
        edges=CHAIN,
        start=start,
        observables=tuple((1, ((qubit, "Z"),)) for qubit in range(3)),
    )
