"""Qiskit's preset pass manager at level 3, with ten seeds."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from qiskit import QuantumCircuit, qasm2
from qiskit.transpiler import CouplingMap, generate_preset_pass_manager

from benchmarks.depth.exchange import Compiled, Task, move_observables

SEEDS = range(10)
BASIS = ["cx", "u"]


def list_attempts(task: Task) -> dict[str, Callable[[], Compiled]]:
    circuit = load_circuit(task)
    return {f"seed {seed}": partial(transpile, task, circuit, seed) for seed in SEEDS}


def load_circuit(task: Task) -> QuantumCircuit:
    """Return the circuit of a task with qubit i measured into classical bit i."""
    circuit = QuantumCircuit(task.qubits, task.qubits)
    circuit.compose(qasm2.loads(task.qasm), range(task.qubits), inplace=True)
    circuit.measure(task.measured, task.measured)
    return circuit


def transpile(
    task: Task, circuit: QuantumCircuit, seed: int, layout: list[int] | None = None
) -> Compiled:
    """Return a measured circuit after level 3, on the device of a task."""
    coupling = CouplingMap([pair for a, b in task.edges for pair in ((a, b), (b, a))])
    passes = generate_preset_pass_manager(
        optimization_level=3,
        coupling_map=coupling,
        basis_gates=BASIS,
        seed_transpiler=seed,
        initial_layout=layout,
    )
    result = passes.run(circuit)
    start = result.layout.initial_index_layout(filter_ancillas=True)
    return Compiled(qasm2.dumps(result), tuple(start), move_observables(task, find_readout(result)))


def find_readout(circuit: QuantumCircuit) -> dict[int, int]:
    """Return for each classical bit the qubit that is measured into it."""
    return {
        circuit.find_bit(each.clbits[0]).index: circuit.find_bit(each.qubits[0]).index
        for each in circuit.data
        if each.operation.name == "measure"
    }
