"""In and out of pytket: a measured circuit; OpenQASM and observables of a compiled one."""

from __future__ import annotations

import random
from collections.abc import Iterator

from pytket.circuit import Bit, Circuit, OpType, Qubit
from pytket.passes import BasePass
from pytket.predicates import CompilationUnit
from pytket.qasm import circuit_from_qasm_str
from pytket.transform import separate_classical

from benchmarks.depth.exchange import Compiled, PauliString, Task

_SAMPLES = 32
"""Random inputs on which the classical gates must be what the basis inputs say."""

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


def read_observables(task: Task, circuit: Circuit) -> tuple[PauliString, ...]:
    """Return the observables on the measured qubits, through the classical gates that follow.

    Raises:
        ValueError: If the classical gates are not affine over GF(2).
    """
    quantum, classical = separate_classical(circuit)
    source = {
        command.bits[0]: command.qubits[0].index[0]
        for command in quantum.get_commands()
        if command.op.type == OpType.Measure
    }
    outputs = _find_affine(classical, tuple(source))
    return tuple(_find_string(observable, outputs, source) for observable in task.observables)


def _find_string(
    observable: PauliString, outputs: dict[int, tuple[int, set[Bit]]], source: dict[Bit, int]
) -> PauliString:
    sign, paulis = observable
    odd: set[Bit] = set()
    for qubit, _ in paulis:
        constant, bits = outputs[qubit]
        sign *= -1 if constant else 1
        odd ^= bits
    return sign, tuple((source[bit], "Z") for bit in sorted(odd))


def _find_affine(classical: Circuit, bits: tuple[Bit, ...]) -> dict[int, tuple[int, set[Bit]]]:
    """Return for each output bit ``c[i]`` a constant and the measured bits whose sum it is."""
    zero = _evaluate(classical, set())
    columns = {bit: _evaluate(classical, {bit}) for bit in bits}
    form = {
        out.index[0]: (value, {bit for bit in bits if columns[bit][out] != value})
        for out, value in zero.items()
        if out.reg_name == "c"
    }
    rng = random.Random(0)
    for _ in range(_SAMPLES):
        ones = {bit for bit in bits if rng.random() < 0.5}
        values = _evaluate(classical, ones)
        if any(values[Bit(i)] != (c + len(on & ones)) % 2 for i, (c, on) in form.items()):
            raise ValueError("the classical gates after the measurements are not affine")
    return form


def _evaluate(classical: Circuit, ones: set[Bit]) -> dict[Bit, int]:
    values = {bit: bit in ones for bit in classical.bits}
    return {bit: int(value) for bit, value in classical._classical_eval(values).items()}
