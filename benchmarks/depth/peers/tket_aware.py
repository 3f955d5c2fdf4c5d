"""pytket told what is measured: opt-in passes first, then its ways of placing and routing.

``SimplifyMeasured`` turns what permutes bits before a measurement into classical gates after it,
``RemoveDiscarded`` prunes the causal cone, ``SimplifyInitial`` uses qubits that start in |0>, and
``GreedyPauliSimp`` synthesizes the circuit anew from its Pauli rotations. They lead to a task that
measures the same with fewer gates, from which any compiler may go on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache, partial

from pytket.architecture import Architecture
from pytket.circuit import OpType
from pytket.passes import (
    AASRouting,
    AutoRebase,
    BasePass,
    CNotSynthType,
    DecomposeBoxes,
    FullPeepholeOptimise,
    GreedyPauliSimp,
    RemoveDiscarded,
    SequencePass,
    SimplifyInitial,
    SimplifyMeasured,
    SynthesiseTket,
)
from pytket.predicates import CompilationUnit
from pytket.qasm import circuit_from_qasm_str

from benchmarks.depth.exchange import Compiled, Task, move_observables
from benchmarks.depth.peers.tket import list_mappings, make_cleanup, route
from benchmarks.depth.peers.tket_circuit import load_circuit, read_observables, write_qasm

_STEINER = {"Steiner": CNotSynthType.Rec, "Steiner with SWAPs": CNotSynthType.SWAP}
_EXPORTED = AutoRebase({OpType.CX, OpType.Rz, OpType.Rx})

REDUCTIONS: Mapping[str, BasePass] = {
    "absorbed": SynthesiseTket(),
    "peephole": FullPeepholeOptimise(),
    "greedy": GreedyPauliSimp(),
    "greedy for depth": GreedyPauliSimp(depth_weight=1.0),
}
"""What comes between two rounds of absorbing."""


@lru_cache(maxsize=len(REDUCTIONS))
def reduce_task(task: Task, name: str) -> Task:
    """Return the task after absorbing, a resynthesis, and absorbing again."""
    synthesis = SequencePass([REDUCTIONS[name], DecomposeBoxes(), _EXPORTED])
    return _absorb(_absorb(task, _EXPORTED), synthesis)


def _absorb(task: Task, first: BasePass) -> Task:
    circuit = load_circuit(task)
    first.apply(circuit)
    circuit.qubit_discard_all()
    if task.start == "zero":
        SimplifyInitial(create_all_qubits=True).apply(circuit)
    SequencePass([SimplifyMeasured(), RemoveDiscarded(), _EXPORTED]).apply(circuit)
    return replace(task, qasm=write_qasm(circuit), observables=read_observables(task, circuit))


def list_attempts(task: Task) -> dict[str, Callable[[], Compiled]]:
    usual: dict[str, Callable[[], Compiled]] = {
        f"{name}, {where}": partial(_route, task, name, SequencePass([mapping, make_cleanup()]))
        for name in REDUCTIONS
        for where, mapping in list_mappings(task)
    }
    return usual | {name: partial(_synthesize_by_steiner_trees, task, name) for name in _STEINER}


def _route(task: Task, reduction: str, sequence: BasePass) -> Compiled:
    return route(reduce_task(task, reduction), sequence)


def _synthesize_by_steiner_trees(task: Task, name: str) -> Compiled:
    """Synthesize CNOTs by Steiner trees on the coupling graph (Nash, Gheorghiu and Mosca 2020)."""
    device = Architecture(list(task.edges))
    smaller = reduce_task(task, "absorbed")
    unit = CompilationUnit(circuit_from_qasm_str(smaller.qasm))
    routing = AASRouting(device, lookahead=1, cnotsynthtype=_STEINER[name])
    SequencePass([routing, make_cleanup()]).apply(unit)
    places = [
        {qubit.index[0]: node.index[0] for qubit, node in found.items()}
        for found in (unit.initial_map, unit.final_map)
    ]
    start = tuple(places[0][qubit] for qubit in range(task.qubits))
    return Compiled(write_qasm(unit.circuit), start, move_observables(smaller, places[1]))
