"""Both: pytket's opt-in passes on the logical circuit, then Qiskit with and without its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.depth.exchange import Compiled, Task
from benchmarks.depth.peers.qiskit_linear import Strategy, list_strategies
from benchmarks.depth.peers.qiskit_o3 import SEEDS, load_circuit
from benchmarks.depth.peers.tket_aware import REDUCTIONS, reduce_task

FEW_SEEDS = range(2)
"""Seeds where the circuit is not only absorbed but synthesized anew."""
BRIEF_STRATEGIES = ("light cone", "fewest")
"""What follows then."""


def list_attempts(task: Task) -> dict[str, Callable[[], Compiled]]:
    return {
        f"{reduction}, {name}, seed {seed}": partial(_attempt, task, reduction, strategy, seed)
        for reduction in REDUCTIONS
        for name, strategy in list_strategies(task)
        if reduction == "absorbed" or name in BRIEF_STRATEGIES
        for seed in (SEEDS if reduction == "absorbed" else FEW_SEEDS)
    }


def _attempt(task: Task, reduction: str, strategy: Strategy, seed: int) -> Compiled:
    smaller = reduce_task(task, reduction)
    return strategy(smaller, load_circuit(smaller), seed)
