"""Run other compilers on calibrated devices, in an environment of their own, without qslc.

python -m benchmarks.noise.peers TASKS RESULTS
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, cast

from pytket.architecture import Architecture
from pytket.circuit import Node
from pytket.mapping import LexiLabellingMethod, LexiRouteRoutingMethod
from pytket.passes import FullMappingPass, FullPeepholeOptimise, NaivePlacementPass, SequencePass
from pytket.placement import NoiseAwarePlacement
from qiskit import QuantumCircuit, qasm2
from qiskit.circuit import Measure, Parameter
from qiskit.circuit.library import CZGate, RZGate, SXGate, XGate
from qiskit.transpiler import (
    InstructionProperties,
    PassManager,
    Target,
    generate_preset_pass_manager,
)
from qiskit.transpiler.passes import LightCone

from benchmarks.depth.check import find_fault
from benchmarks.depth.exchange import Compiled, move_observables
from benchmarks.depth.peers.cirq_router import _route as route_with_cirq
from benchmarks.depth.peers.qiskit_linear import _SYNTHESES, _make_linear_passes
from benchmarks.depth.peers.qiskit_o3 import SEEDS, find_readout, load_circuit
from benchmarks.depth.peers.tket import make_cleanup
from benchmarks.depth.peers.tket_aware import reduce_task
from benchmarks.depth.peers.tket_circuit import compile_circuit
from benchmarks.depth.peers.tket_circuit import load_circuit as load_tket
from benchmarks.depth.qasm import count_cost, read_gates
from benchmarks.noise.exchange import NoisyTask, estimate_log_success

Attempts = Iterator[tuple[str, Callable[[], Compiled]]]


@lru_cache(maxsize=4)
def make_target(task: NoisyTask) -> Target:
    """Return the device as Qiskit knows it, with errors and durations."""
    cal = task.calibration
    short, long = (ns * 1e-9 for ns in cal.gate_ns)
    size = len(cal.one_qubit)
    target = Target(num_qubits=size, dt=1e-9)
    ones = {(q,): InstructionProperties(short, cal.one_qubit[q]) for q in range(size)}
    target.add_instruction(SXGate(), ones)
    target.add_instruction(XGate(), ones)
    free = {(q,): InstructionProperties(0.0, 0.0) for q in range(size)}
    target.add_instruction(RZGate(Parameter("angle")), free)
    pairs = {
        each: InstructionProperties(long, error)
        for (a, b), error in zip(task.edges, cal.two_qubit, strict=True)
        for each in ((a, b), (b, a))
    }
    target.add_instruction(CZGate(), pairs)
    reading = {(q,): InstructionProperties(1e-6, cal.readout[q]) for q in range(size)}
    target.add_instruction(Measure(), reading)
    return target


def transpile(task: NoisyTask, circuit: QuantumCircuit, seed: int) -> Compiled:
    """Return a measured circuit after level 3 with the calibrated target."""
    passes = generate_preset_pass_manager(3, target=make_target(task), seed_transpiler=seed)
    result = passes.run(circuit)
    start = result.layout.initial_index_layout(filter_ancillas=True)
    return Compiled(qasm2.dumps(result), tuple(start), move_observables(task, find_readout(result)))


def list_ordinary(task: NoisyTask) -> Attempts:
    circuit = load_circuit(task)
    for seed in SEEDS:
        yield f"Qiskit O3, seed {seed}", partial(transpile, task, circuit, seed)


def list_aware(task: NoisyTask) -> Attempts:
    smaller = cast("NoisyTask", reduce_task(task, "absorbed"))
    base = load_circuit(smaller)
    ways = {"": PassManager([LightCone()])}
    for name, config in _SYNTHESES.items():
        ways[f", linear {name}"] = PassManager([LightCone(), *_make_linear_passes(config)])
    for name, manager in ways.items():
        circuit = manager.run(base)
        for seed in SEEDS:
            yield f"absorbed{name}, seed {seed}", partial(transpile, smaller, circuit, seed)


def list_tket(task: NoisyTask) -> Attempts:
    """pytket with its noise-aware placement."""
    cal, device = task.calibration, Architecture(list(task.edges))
    placement = NoiseAwarePlacement(
        device,
        {Node(q): error for q, error in enumerate(cal.one_qubit)},
        {
            (Node(a), Node(b)): error
            for pair, error in zip(task.edges, cal.two_qubit, strict=True)
            for a, b in (pair, pair[::-1])
        },
        {Node(q): error for q, error in enumerate(cal.readout)},
    )
    routing = FullMappingPass(device, placement, [LexiLabellingMethod(), LexiRouteRoutingMethod()])
    parts = [FullPeepholeOptimise(), routing, NaivePlacementPass(device), make_cleanup()]
    yield "noise-aware", lambda: compile_circuit(task, load_tket(task), SequencePass(parts))


def list_cirq(task: NoisyTask) -> Attempts:
    """Cirq's router and its optimizer for CZ."""
    yield "RouteCQC", lambda: route_with_cirq(task)


PEERS = {
    "qiskit": list_ordinary,
    "qiskit, aware": list_aware,
    "pytket": list_tket,
    "cirq": list_cirq,
}


def run(task: NoisyTask, attempts: Attempts) -> dict[str, Any] | None:
    """Return the attempt with the highest estimated success."""
    best: dict[str, Any] | None = None
    for name, attempt in attempts:
        try:
            compiled = attempt()
        except Exception as error:
            print(f"{task.name}, {name}: {error!r:.200}", file=sys.stderr)
            continue
        if fault := find_fault(task, compiled):
            print(f"{task.name}, {name}: {fault}", file=sys.stderr)
            continue
        gates = read_gates(compiled.qasm)
        read = frozenset(q for _, paulis in compiled.observables for q, _ in paulis)
        success = estimate_log_success(task, gates, read)
        if best is None or success > best["success"]:
            best = {
                "attempt": name,
                "success": success,
                "cost": count_cost(gates),
                **asdict(compiled),
            }
    return best


def main(tasks: str, results: str) -> None:
    warnings.simplefilter("ignore")
    with Path(results).open("a", encoding="utf-8") as file:
        for text in Path(tasks).read_text(encoding="utf-8").splitlines():
            task = NoisyTask.from_json(text)
            for peer, make in PEERS.items():
                started = time.perf_counter()
                found = run(task, make(task))
                seconds = round(time.perf_counter() - started, 2)
                line: dict[str, Any] = {"case": task.name, "digest": task.digest, "peer": peer}
                line |= {"found": found, "seconds": seconds}
                file.write(json.dumps(line) + "\n")
                file.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
