"""pytket told what is measured: opt-in passes first, then its ways of placing and routing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pytket.architecture import Architecture
from pytket.circuit import Circuit
from pytket.passes import (
    AASRouting,
    BasePass,
    CNotSynthType,
    SequencePass,
)
from pytket.predicates import CompilationUnit
from pytket.qasm import circuit_from_qasm_str

from benchmarks.depth.exchange import Compiled, Task, move_observables
from benchmarks.depth.peers.reduction import REDUCTIONS, reduce_task
from benchmarks.depth.peers.tket import list_mappings, make_cleanup, route
from benchmarks.depth.peers.tket_circuit import write_qasm

_STEINER = {"Steiner": CNotSynthType.Rec, "Steiner with SWAPs": CNotSynthType.SWAP}


def list_attempts(task: Task) -> dict[str, Callable[[], Compiled]]:
    usual: dict[str, Callable[[], Compiled]] = {
        f"{name}, {where}": partial(_map_task, task, name, SequencePass([mapping, make_cleanup()]))
        for name in REDUCTIONS
        for where, mapping in list_mappings(task)
    }
    return usual | {name: partial(_synthesize_by_steiner_trees, task, name) for name in _STEINER}


def _map_task(task: Task, reduction: str, sequence: BasePass) -> Compiled:
    return route(reduce_task(task, reduction), sequence)


def _synthesize_by_steiner_trees(task: Task, name: str) -> Compiled:
    """Synthesize CNOTs by Steiner trees on the coupling graph (Nash, Gheorghiu and Mosca 2020)."""
    device = Architecture(list(task.edges))
    smaller = reduce_task(task, "absorbed")
    unit = CompilationUnit(circuit_from_qasm_str(smaller.qasm))
    routing = AASRouting(device, lookahead=1, cnotsynthtype=_STEINER[name])
    SequencePass([routing, make_cleanup()]).apply(unit)
    circuit: Circuit = unit.circuit
    places = [
        {qubit.index[0]: node.index[0] for qubit, node in found.items()}
        for found in (unit.initial_map, unit.final_map)
    ]
    start = tuple(places[0][qubit] for qubit in range(task.qubits))
    return Compiled(write_qasm(circuit), start, move_observables(smaller, places[1]))
