"""Where a device's qubits go in a drawing."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import rustworkx as rx

from qslc.targets.device import Device

Points = npt.NDArray[np.float64]

_LINE_LENGTH = 10
"""Qubits in one row of a line, which then turns."""
_MAX_STRESS = 1200
"""Larger graphs without coordinates go on a circle: the layout takes cubic time."""
_WORK = 20_000_000


def positions(device: Device) -> list[tuple[float, float]]:
    """(x, y) of each qubit, y downwards, about 1 between coupled qubits, from (0, 0)."""
    points = _points(device)
    return [(round(float(x), 2), round(float(y), 2)) for x, y in points - points.min(axis=0)]


def _points(device: Device) -> Points:
    count = len(device.coordinates)
    if all(len(coordinate) == 2 for coordinate in device.coordinates):
        return np.array(device.coordinates, float)[:, ::-1]
    if all(b - a == 1 for a, b in device.edges):
        return np.array([_on_line(i) for i in range(count)], float)
    if count > _MAX_STRESS or 2 * len(device.edges) == count * (count - 1):
        return _on_circle(count)
    return _upright(_stress(count, device.edges), device.edges)


def _on_line(i: int) -> tuple[int, int]:
    row, place = divmod(i, _LINE_LENGTH)
    return (_LINE_LENGTH - 1 - place if row % 2 else place), row


def _on_circle(count: int) -> Points:
    turns = math.tau * np.arange(count) / count
    unit = np.stack([np.sin(turns), -np.cos(turns)], axis=1)
    return np.asarray(max(count, 3) / math.tau * unit)


def _stress(count: int, edges: Sequence[tuple[int, int]]) -> Points:
    """Points whose distances follow the distances in the graph.

    Classical scaling, then stress majorisation with weights 1/d^2 (Gansner, Koren and North 2004,
    with the Jacobi step of de Leeuw for the linear system).
    """
    graph = rx.PyGraph()
    graph.add_nodes_from(range(count))
    graph.add_edges_from_no_data(list(edges))
    distance = rx.distance_matrix(graph, null_value=math.sqrt(count) + 2)
    points = _classical_scaling(distance)
    off = ~np.eye(count, dtype=bool)
    weight = np.divide(1.0, distance**2, where=off, out=np.zeros_like(distance))
    total = weight.sum(axis=1, keepdims=True)
    for _ in range(min(200, _WORK // count**2)):
        points = _majorise(points, distance, weight, total)
    return points


def _majorise(points: Points, distance: Points, weight: Points, total: Points) -> Points:
    gap = points[:, None] - points[None]
    length = np.sqrt((gap**2).sum(axis=2))
    pull = np.divide(weight * distance, length, where=length > 1e-9, out=np.zeros_like(length))
    moved = weight @ points + (pull[:, :, None] * gap).sum(axis=1)
    return np.asarray(moved / total)


def _classical_scaling(distance: Points) -> Points:
    count = len(distance)
    centre = np.eye(count) - 1 / count
    values, vectors = np.linalg.eigh(-0.5 * centre @ distance**2 @ centre)
    return np.asarray(vectors[:, -2:] * np.sqrt(np.maximum(values[-2:], 1e-12)))


def _upright(points: Points, edges: Sequence[tuple[int, int]]) -> Points:
    """Turned so that as many couplers as possible are horizontal or vertical, wider than high."""
    along = np.array([points[b] - points[a] for a, b in edges])
    angle = np.angle(np.sum((along[:, 0] + 1j * along[:, 1]) ** 4)) / 4
    cos, sin = math.cos(angle), math.sin(angle)
    turned = np.asarray(points @ np.array([[cos, -sin], [sin, cos]]))
    width, height = np.ptp(turned, axis=0)
    return turned if width >= height else turned[:, ::-1]
