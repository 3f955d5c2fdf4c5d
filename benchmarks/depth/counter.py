"""The neutral counter: two-qubit gates in units of CZ or CNOT, depth, and the coupling graph."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from benchmarks.depth.qasm import Gate

COSTS = {"cx": 1, "cz": 1, "swap": 3}


class Cost(NamedTuple):
    """Cost of a circuit, in the order in which costs are compared.

    ``depth`` is the longest chain of two-qubit gates, ``gates`` their number; a SWAP counts three
    times in both, one-qubit gates count nowhere.
    """

    depth: int
    gates: int


def count_cost(circuit: Iterable[Gate]) -> Cost:
    """The cost of a circuit.

    Raises:
        ValueError: A gate on several qubits is none of CX, CZ and SWAP.
    """
    reached: dict[int, int] = {}
    total = 0
    for gate in circuit:
        if len(gate.qubits) == 1:
            continue
        if gate.name not in COSTS:
            raise ValueError(f"{gate.name} on {len(gate.qubits)} qubits cannot be counted")
        total += COSTS[gate.name]
        level = max(reached.get(qubit, 0) for qubit in gate.qubits) + COSTS[gate.name]
        reached.update(dict.fromkeys(gate.qubits, level))
    return Cost(max(reached.values(), default=0), total)


def find_uncoupled(
    circuit: Iterable[Gate], edges: Iterable[tuple[int, int]]
) -> set[tuple[int, ...]]:
    """Return the pairs of qubits that some gate acts on although no coupler joins them."""
    coupled = {frozenset(edge) for edge in edges}
    pairs = {gate.qubits for gate in circuit if len(gate.qubits) > 1}
    return {pair for pair in pairs if frozenset(pair) not in coupled}
