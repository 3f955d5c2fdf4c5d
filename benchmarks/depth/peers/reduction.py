"""pytket's opt-in passes on the logical circuit: a task that measures the same with fewer gates.

``SimplifyMeasured`` turns what permutes bits before a measurement into classical gates after it,
``RemoveDiscarded`` prunes the causal cone, ``SimplifyInitial`` uses qubits that start in |0>, and
``GreedyPauliSimp`` synthesizes the circuit anew from its Pauli rotations. Any compiler may go on
from the reduced task.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from pytket.circuit import OpType
from pytket.passes import (
    AutoRebase,
    BasePass,
    DecomposeBoxes,
    FullPeepholeOptimise,
    GreedyPauliSimp,
    RemoveDiscarded,
    SequencePass,
    SimplifyInitial,
    SimplifyMeasured,
    SynthesiseTket,
)

from benchmarks.depth.exchange import Task
from benchmarks.depth.peers.tket_circuit import load_circuit, write_qasm
from benchmarks.depth.peers.tket_readout import read_observables

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
