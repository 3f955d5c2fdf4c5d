"""Qiskit with its opt-in passes: light cone, and blocks of CNOTs synthesized as linear functions.

The blocks are collected and synthesized before level 3, for any connectivity (Patel, Markov and
Hayes 2008) or for a line (Kutin, Moulton and Smithline 2007), on which the qubits are then placed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import product

from qiskit import QuantumCircuit
from qiskit.transpiler import PassManager
from qiskit.transpiler.basepasses import BasePass
from qiskit.transpiler.passes import (
    CollectLinearFunctions,
    HighLevelSynthesis,
    HLSConfig,
    LightCone,
)

from benchmarks.depth.exchange import Compiled, Task
from benchmarks.depth.peers.path import find_path
from benchmarks.depth.peers.qiskit_o3 import SEEDS, load_circuit, transpile

Strategy = Callable[[Task, QuantumCircuit, int], Compiled]
"""A way to compile the measured circuit of a task with a seed."""

_PMH = [
    ("pmh", {"use_inverted": inverted, "use_transposed": transposed})
    for inverted, transposed in product((False, True), repeat=2)
]
_SYNTHESES = {
    "fewest": HLSConfig(
        linear_function=_PMH,
        plugin_selection="all",
        plugin_evaluation_fn=lambda circuit: circuit.size(),
    ),
    "shallowest": HLSConfig(
        linear_function=[*_PMH, "kms"],
        plugin_selection="all",
        plugin_evaluation_fn=lambda circuit: circuit.depth(),
    ),
}
_LINE = HLSConfig(linear_function=["kms"])


def list_attempts(task: Task) -> dict[str, Callable[[], Compiled]]:
    circuit = load_circuit(task)
    return {
        f"{name}, seed {seed}": partial(run, task, circuit, seed)
        for name, run in list_strategies(task)
        for seed in SEEDS
    }


def list_strategies(task: Task) -> Iterator[tuple[str, Strategy]]:
    yield "light cone", _make_strategy(LightCone())
    for name, config in _SYNTHESES.items():
        yield name, _make_strategy(LightCone(), *_make_linear_passes(config))
    commuting = _make_linear_passes(_SYNTHESES["fewest"], commuting=True)
    yield "fewest, commuting", _make_strategy(LightCone(), *commuting)
    line = find_path(task.qubits, task.edges)
    if line:
        yield "line", _make_strategy(LightCone(), layout=line)
        yield (
            "linear on a line",
            _make_strategy(LightCone(), *_make_linear_passes(_LINE), layout=line),
        )


def _make_linear_passes(config: HLSConfig, *, commuting: bool = False) -> tuple[BasePass, BasePass]:
    collect = CollectLinearFunctions(do_commutative_analysis=commuting)
    return collect, HighLevelSynthesis(hls_config=config)


def _make_strategy(*passes: BasePass, layout: list[int] | None = None) -> Strategy:
    """Make a strategy of passes on the logical circuit, then level 3."""

    def run(task: Task, circuit: QuantumCircuit, seed: int) -> Compiled:
        return transpile(task, PassManager(passes).run(circuit), seed, layout)

    return run
