"""In and out of pytket: a measured circuit, and OpenQASM of a compiled one."""

from __future__ import annotations

from collections.abc import Iterator

from pytket.circuit import Bit, Circuit, OpType, Qubit
from pytket.passes import BasePass
from pytket.predicates import CompilationUnit
from pytket.qasm import circuit_from_qasm_str

from benchmarks.depth.exchange import Compiled, Task
from benchmarks.depth.peers.tket_readout import read_observables

_NAMES = {
    OpType.CX: "cx",
    OpType.CZ: "cz",
    OpType.SWAP: "swap",
    OpType.Rx: "rx",
    OpType.Ry: "ry",
    OpType.Rz: "rz",
}


def load_circuit(task: Task) -> Circuit:
    """Return the circuit of a task with qubit i measured into bit i."""
    circuit = circuit_from_qasm_str(task.qasm)
    for qubit in task.measured:
        circuit.add_bit(Bit(qubit))
        circuit.Measure(Qubit(qubit), Bit(qubit))
    return circuit


def compile_circuit(task: Task, circuit: Circuit, sequence: BasePass) -> Compiled:
    """Compile a measured circuit by a sequence that ends with CX, Rx and Rz on the device."""
    unit = CompilationUnit(circuit)
    sequence.apply(unit)
    start = tuple(unit.initial_map[Qubit(qubit)].index[0] for qubit in range(task.qubits))
    return Compiled(write_qasm(unit.circuit), start, read_observables(task, unit.circuit))


def write_qasm(circuit: Circuit) -> str:
    """Return the quantum gates of a circuit in OpenQASM, on ``q`` by the index of the qubit."""
    size = 1 + max(qubit.index[0] for qubit in circuit.qubits)
    head = f'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[{size}];\n'
    return head + "".join(f"{line};\n" for line in _yield_statements(circuit))


def _yield_statements(circuit: Circuit) -> Iterator[str]:
    for command in circuit.get_commands():
        if not command.qubits or command.op.type == OpType.Measure:
            continue
        name = _NAMES[command.op.type]
        angles = ",".join(f"{float(value)!r}*pi" for value in command.op.params)
        qubits = ",".join(f"q[{qubit.index[0]}]" for qubit in command.qubits)
        yield f"{name}({angles}) {qubits}" if angles else f"{name} {qubits}"
