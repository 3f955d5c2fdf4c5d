"""Two-qubit gates and depth of compiled ansaetze, beside Cirq's own router and optimiser.

The same circuits, the same devices, one counter for both results. Cirq gets numbers for the
angles, because it cannot merge symbolic one-qubit gates.
"""

from __future__ import annotations

import statistics
import warnings
from itertools import product

import cirq
import networkx
import numpy as np
from rich.console import Console
from rich.table import Table

from qslc.emit.cirq_circuit import cirq_qubits, to_circuit
from qslc.pipeline import compile_spec
from qslc.spec import sublayer
from qslc.targets.device import Device

PATTERNS = ("linear", "ring", "brick", "star", "shifted_ring", "all_to_all")
DEVICES = ({"grid": (4, 5)}, {"heavy_hex": 3}, "weber")
QUBITS, DEPTH = 8, 3


def counted(circuit: cirq.Circuit) -> tuple[int, int]:
    """Two-qubit gates, and two-qubit depth."""
    entanglers = [op for op in circuit.all_operations() if len(op.qubits) == 2]
    return len(entanglers), len(cirq.Circuit(entanglers))


def by_cirq(logical: cirq.Circuit, device: Device) -> tuple[int, int]:
    graph = cirq_graph(device)
    symbols = sorted(cirq.parameter_names(logical))
    angles = np.random.default_rng(0).uniform(-np.pi, np.pi, len(symbols))
    numeric = cirq.resolve_parameters(logical, dict(zip(symbols, angles, strict=True)))
    routed = cirq.RouteCQC(graph)(numeric)
    gateset = cirq.CZTargetGateset()
    return counted(cirq.optimize_for_target_gateset(routed, gateset=gateset))


def cirq_graph(device: Device) -> networkx.Graph:
    qubits = cirq_qubits(device)
    return networkx.Graph((qubits[a], qubits[b]) for a, b in device.edges)


def main() -> None:
    warnings.simplefilter("ignore", FutureWarning)
    table = Table("pattern", "device", "qslc gates", "depth", "Cirq gates", "depth", "ratios")
    ratios = []
    for pattern, where in product(PATTERNS, DEVICES):
        builder = sublayer("case", QUBITS).angle().layers(DEPTH, pattern=pattern)
        builder = builder.on(where) if isinstance(where, str) else builder.on(**where)
        stages = compile_spec(builder.optimize(level=3).spec())
        ours = counted(to_circuit(stages.physical, stages.device))
        theirs = by_cirq(to_circuit(stages.logical), stages.device)
        ratio = ours[0] / theirs[0], ours[1] / theirs[1]
        ratios.append(ratio)
        shown = [*map(str, (*ours, *theirs)), f"{ratio[0]:.2f} {ratio[1]:.2f}"]
        table.add_row(pattern, stages.device.name, *shown)
    gates, depth = (statistics.geometric_mean(column) for column in zip(*ratios, strict=True))
    Console().print(table)
    print(
        f"geometric mean against Cirq: {gates:.2f} x the two-qubit gates, {depth:.2f} x the depth"
    )


if __name__ == "__main__":
    main()
