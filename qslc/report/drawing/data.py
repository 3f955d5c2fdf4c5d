"""Describe for a drawing a program or a device, in plain JSON values."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import rustworkx as rx

from qslc.ir.metrics import find_used_qubits, pack_moments
from qslc.ir.program import Operation, Placement, Program
from qslc.targets.device import Device

MAX_WIRES = 160
MAX_CELLS = 2600
"""Wires times moments: about as many as a page or two show legibly."""
MAX_EDGES = 3000
"""Couplers of a drawing, at most; otherwise those alone are drawn that the circuit uses."""

Points = npt.NDArray[np.float64]

_LINE_LENGTH = 10
"""Qubits in one row of a line, which then turns."""
_MAX_STRESS = 1200
"""Qubits that are laid out by distance, at most: the layout takes cubic time. More, without
coordinates, go on a circle."""
_WORK = 20_000_000
"""Pairs of qubits times steps of the layout: about a second."""


def describe_circuit(program: Program, wires: Mapping[int, str]) -> dict[str, Any] | None:
    """Describe the first moments of a program: ``[gate, [wire, ...], angle]`` by operation.

    Args:
        program: Program to draw.
        wires: Name of the wire of each qubit, from top to bottom; of all that the program uses.

    Returns ``None`` for more than ``MAX_WIRES`` wires. The angle is "" where there is none.
    """
    if len(wires) > MAX_WIRES:
        return None
    index = {qubit: i for i, qubit in enumerate(wires)}
    columns = pack_moments(program)
    shown = columns[: max(1, MAX_CELLS // max(1, len(wires)))]
    return {
        "wires": list(wires.values()),
        "moments": [[_describe_gate(op, index) for op in column] for column in shown],
        "total_moments": len(columns),
    }


def describe_device(device: Device, physical: Program, placement: Placement) -> dict[str, Any]:
    """Describe a device's coupling graph, the qubits on it, and how often couplers are used.

    ``qubits`` holds ``[name, x, y]``, a coupler being about 1 long; ``used`` holds
    ``[a, b, gates]`` for every coupler with a gate; ``start`` and ``end`` the device qubit of each
    logical qubit.
    """
    pairs = (sorted(op.qubits) for op in physical.operations if len(op.qubits) == 2)
    uses = Counter((a, b) for a, b in pairs)
    edges = device.edges if len(device.edges) <= MAX_EDGES else tuple(sorted(uses))
    return {
        "qubits": [[device.label(i), x, y] for i, (x, y) in enumerate(place_qubits(device))],
        "edges": [list(edge) for edge in edges],
        "complete": len(edges) == len(device.edges),
        "used": [[*pair, uses[pair]] for pair in sorted(uses)],
        "active": list(find_used_qubits(physical)),
        "start": list(placement.start),
        "end": list(placement.end),
    }


def _describe_gate(op: Operation, index: dict[int, int]) -> list[Any]:
    angle = "" if op.angle is None else str(op.angle)
    return [op.gate, [index[qubit] for qubit in op.qubits], angle]


def place_qubits(device: Device) -> list[tuple[float, float]]:
    """Place each qubit at (x, y), y downwards, about 1 between coupled qubits, from (0, 0)."""
    points = _choose_points(device)
    return [(round(float(x), 2), round(float(y), 2)) for x, y in points - points.min(axis=0)]


def _choose_points(device: Device) -> Points:
    count = len(device.coordinates)
    if all(len(coordinate) == 2 for coordinate in device.coordinates):
        return np.array(device.coordinates, float)[:, ::-1]
    if all(b - a == 1 for a, b in device.edges):
        return np.array([_put_on_line(i) for i in range(count)], float)
    if count > _MAX_STRESS or 2 * len(device.edges) == count * (count - 1):
        return _put_on_circle(count)
    return _turn_upright(_minimize_stress(count, device.edges), device.edges)


def _put_on_line(i: int) -> tuple[int, int]:
    row, place = divmod(i, _LINE_LENGTH)
    return (_LINE_LENGTH - 1 - place if row % 2 else place), row


def _put_on_circle(count: int) -> Points:
    turns = math.tau * np.arange(count) / count
    unit = np.stack([np.sin(turns), -np.cos(turns)], axis=1)
    return np.asarray(max(count, 3) / math.tau * unit)


def _minimize_stress(count: int, edges: Sequence[tuple[int, int]]) -> Points:
    """Find points whose distances follow the distances in the graph.

    Classical scaling, then stress majorization with weights 1/d^2 (Gansner, Koren and North 2004,
    with the Jacobi step of de Leeuw for the linear system).
    """
    graph = rx.PyGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from_no_data(list(edges))
    distance = rx.distance_matrix(graph, null_value=math.sqrt(count) + 2)
    points = _scale_classically(distance)
    off = ~np.eye(count, dtype=bool)
    weight = np.divide(1.0, distance**2, where=off, out=np.zeros_like(distance))
    total = weight.sum(axis=1, keepdims=True)
    for _ in range(min(200, _WORK // count**2)):
        points = _majorize(points, distance, weight, total)
    return points


def _majorize(points: Points, distance: Points, weight: Points, total: Points) -> Points:
    gap = points[:, None] - points[None]
    length = np.sqrt((gap**2).sum(axis=2))
    pull = np.divide(weight * distance, length, where=length > 1e-9, out=np.zeros_like(length))
    moved = weight @ points + (pull[:, :, None] * gap).sum(axis=1)
    return np.asarray(moved / total)


def _scale_classically(distance: Points) -> Points:
    count = len(distance)
    center = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(-0.5 * center @ distance**2 @ center)
    return np.asarray(vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 1e-12)))


def _turn_upright(points: Points, edges: Sequence[tuple[int, int]]) -> Points:
    """Turn so that as many couplers as possible are horizontal or vertical, wider than high."""
    along = np.array([points[b] - points[a] for a, b in edges])
    angle = np.angle(np.sum((along[:, 0] + 1j * along[:, 1]) ** 4)) / 4
    cos, sin = math.cos(angle), math.sin(angle)
    turned = np.asarray(points @ np.array([[cos, -sin], [sin, cos]]))
    width, height = np.ptp(turned, axis=0)
    return turned if width >= height else turned[:, ::-1]
