"""Compile circuits with Qiskit. Reads a task from standard input, and writes JSON.

Runs in any Python that has Qiskit, by itself: it needs nothing of qslc.
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import qiskit
from qiskit import QuantumCircuit
from qiskit.circuit import Measure, Parameter
from qiskit.circuit.library import CXGate, CZGate, ECRGate, RZGate, SXGate, XGate
from qiskit.transpiler import InstructionProperties, Target, generate_preset_pass_manager

PAIRS = {"cz": CZGate, "cnot": CXGate, "ecr": ECRGate}
NAMES = {"cx": "cnot"}


def make_target(device: dict[str, Any]) -> Target:
    """Return the device as Qiskit knows it, with errors and durations where they are known."""
    size, known = device["qubits"], device["calibration"]
    short, long = (ns * 1e-9 for ns in known["gate_ns"]) if known else (None, None)
    one = known["one_qubit"] if known else [None] * size
    two = known["two_qubit"] if known else [None] * len(device["edges"])
    read = known["readout"] if known else [None] * size
    target = Target(num_qubits=size, dt=1e-9)
    for gate in (SXGate(), XGate()):
        pulses = {(q,): InstructionProperties(short, one[q]) for q in range(size)}
        target.add_instruction(gate, pulses)
    free = {(q,): InstructionProperties(0.0, 0.0) for q in range(size)}
    target.add_instruction(RZGate(Parameter("angle")), free)
    errors = {
        each: InstructionProperties(long, error)
        for (a, b), error in zip(device["edges"], two, strict=True)
        for each in ((a, b), (b, a))
    }
    target.add_instruction(PAIRS[device["gate"]](), errors)
    reading = {(q,): InstructionProperties(1e-6, read[q]) for q in range(size)}
    target.add_instruction(Measure(), reading)
    return target


def build(task: dict[str, Any], parameters: dict[str, Parameter]) -> QuantumCircuit:
    """Return the circuit of a task, with the qubits that are read measured."""
    circuit = QuantumCircuit(task["qubits"], task["qubits"])
    for name, qubits, angle in task["operations"]:
        called = {"cnot": "cx"}.get(name, name)
        if angle is None:
            getattr(circuit, called)(*qubits)
            continue
        value = angle["constant"]
        for symbol, factor in angle["terms"].items():
            value = value + factor * parameters.setdefault(symbol, Parameter(symbol))
        getattr(circuit, called)(value, *qubits)
    for qubit in task["measured"]:
        circuit.measure(qubit, qubit)
    return circuit


def write_angle(value: Any) -> dict[str, Any]:
    """Return a sum of parameters as its constant and its factors."""
    free = sorted(getattr(value, "parameters", ()), key=lambda each: each.name)
    if not free:
        return {"constant": float(value), "terms": {}}
    terms = {each.name: float(value.gradient(each)) for each in free}
    return {"constant": float(value.bind(dict.fromkeys(free, 0.0))), "terms": terms}


def write(circuit: QuantumCircuit) -> dict[str, Any]:
    """Return a compiled circuit as values."""
    operations, read = [], {}
    for each in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in each.qubits]
        if each.operation.name == "measure":
            read[circuit.find_bit(each.clbits[0]).index] = qubits[0]
        elif each.operation.name != "barrier":
            name = NAMES.get(each.operation.name, each.operation.name)
            angle = write_angle(each.operation.params[0]) if each.operation.params else None
            operations.append([name, qubits, angle])
    start, end = circuit.layout.initial_index_layout(True), circuit.layout.final_index_layout(True)
    end = [read.get(qubit, place) for qubit, place in enumerate(end)]
    return {"operations": operations, "start": start, "end": end}


def main() -> None:
    """Compile every circuit of the task with every seed."""
    warnings.simplefilter("ignore")
    task = json.load(sys.stdin)
    target = make_target(task["device"])
    found = []
    for circuit in task["circuits"]:
        built = build(circuit, {})
        for seed in task["seeds"]:
            passes = generate_preset_pass_manager(3, target=target, seed_transpiler=seed)
            result = write(passes.run(built))
            found.append({"name": circuit["name"], "seed": seed, **result})
    json.dump({"version": qiskit.__version__, "compiled": found}, sys.stdout)


if __name__ == "__main__":
    main()
