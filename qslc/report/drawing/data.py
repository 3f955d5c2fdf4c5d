"""What a drawing needs of a program or a device, as plain JSON values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from qslc.ir.metrics import used_qubits
from qslc.ir.moments import moments
from qslc.ir.program import Operation, Placement, Program
from qslc.report.drawing.graph_layout import positions
from qslc.targets.device import Device

MAX_WIRES = 160
MAX_CELLS = 2600
"""Wires times moments: about as many as a page or two show legibly."""
MAX_EDGES = 3000
"""A device with more couplers is drawn with those alone that the circuit uses."""


def circuit_data(
    program: Program, wires: Sequence[int], labels: Sequence[str]
) -> dict[str, Any] | None:
    """The first moments of a program: ``[gate, [wire, ...], angle]`` for each operation.

    Args:
        program: what is drawn.
        wires: the program's qubits from top to bottom; they include all that it uses.
        labels: their names.

    Returns ``None`` for more than ``MAX_WIRES`` wires. The angle is "" where there is none.
    """
    if len(wires) > MAX_WIRES:
        return None
    index = {qubit: i for i, qubit in enumerate(wires)}
    columns = moments(program)
    shown = columns[: max(1, MAX_CELLS // max(1, len(wires)))]
    return {
        "wires": list(labels),
        "moments": [[_gate(op, index) for op in column] for column in shown],
        "total_moments": len(columns),
    }


def device_data(device: Device, physical: Program, placement: Placement) -> dict[str, Any]:
    """The device's coupling graph, where the qubits are on it and how often couplers are used.

    ``qubits`` holds ``[name, x, y]``, a coupler being about 1 long; ``used`` holds
    ``[a, b, gates]`` for every coupler with a gate; ``start`` and ``end`` the device qubit of each
    logical qubit.
    """
    uses = Counter(_pair(op) for op in physical.operations if len(op.qubits) == 2)
    edges = device.edges if len(device.edges) <= MAX_EDGES else tuple(sorted(uses))
    return {
        "qubits": [[device.label(i), x, y] for i, (x, y) in enumerate(positions(device))],
        "edges": [list(edge) for edge in edges],
        "complete": len(edges) == len(device.edges),
        "used": [[*pair, uses[pair]] for pair in sorted(uses)],
        "active": list(used_qubits(physical)),
        "start": list(placement.start),
        "end": list(placement.end),
    }


def _gate(op: Operation, index: dict[int, int]) -> list[Any]:
    angle = "" if op.angle is None else str(op.angle)
    return [op.gate, [index[qubit] for qubit in op.qubits], angle]


def _pair(op: Operation) -> tuple[int, int]:
    return min(op.qubits), max(op.qubits)
