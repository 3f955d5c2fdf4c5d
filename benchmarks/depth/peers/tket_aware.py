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

from benchmarks.depth.exchange import Compiled, Task, read_at
from benchmarks.depth.peers.reduction import REDUCTIONS, reduced
from benchmarks.depth.peers.tket import mappings, routed, tidy
from benchmarks.depth.peers.tket_circuit import text

_STEINER = {"Steiner": CNotSynthType.Rec, "Steiner with SWAPs": CNotSynthType.SWAP}


def attempts(task: Task) -> dict[str, Callable[[], Compiled]]:
    usual: dict[str, Callable[[], Compiled]] = {
        f"{name}, {where}": partial(_mapped, task, name, SequencePass([mapping, tidy()]))
        for name in REDUCTIONS
        for where, mapping in mappings(task)
    }
    return usual | {name: partial(_by_steiner_trees, task, name) for name in _STEINER}


def _mapped(task: Task, reduction: str, sequence: BasePass) -> Compiled:
    return routed(reduced(task, reduction), sequence)


def _by_steiner_trees(task: Task, name: str) -> Compiled:
    """CNOTs by Steiner trees on the coupling graph (Nash, Gheorghiu and Mosca 2020)."""
    device = Architecture(list(task.edges))
    smaller = reduced(task, "absorbed")
    unit = CompilationUnit(circuit_from_qasm_str(smaller.qasm))
    routing = AASRouting(device, lookahead=1, cnotsynthtype=_STEINER[name])
    SequencePass([routing, tidy()]).apply(unit)
    circuit: Circuit = unit.circuit
    places = [
        {qubit.index[0]: node.index[0] for qubit, node in found.items()}
        for found in (unit.initial_map, unit.final_map)
    ]
    start = tuple(places[0][qubit] for qubit in range(task.qubits))
    return Compiled(text(circuit), start, read_at(smaller, places[1]))
