"""From the device of a spec to the device itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import combinations, pairwise

import rustworkx as rx

from qslc.spec import model as spec
from qslc.targets.chips import CHIPS
from qslc.targets.custom_calibration import custom_calibration
from qslc.targets.device import Device
from qslc.targets.google_calibration import median_calibration


def device(chosen: spec.Device, qubits: int) -> Device:
    """The device a spec asks for.

    Args:
        chosen: the device of a spec that was checked (``qslc.spec.checks``): it can exist, and a
            ``FileDevice`` was replaced by what its file holds.
        qubits: how many the program has: the size of ``all_to_all``, ``line`` and ``ring``.
    """
    if isinstance(chosen, str):
        return _calibrated(chip(chosen)) if chosen in CHIPS else _ideal(chosen, qubits)
    if isinstance(chosen, spec.GridDevice):
        return _grid(chosen)
    if isinstance(chosen, spec.HeavyHexDevice):
        return _heavy_hex(chosen)
    if isinstance(chosen, spec.EdgesDevice):
        return _custom(chosen)
    raise TypeError(f"a device file is read when the spec is loaded: {chosen.file}")


def chip(name: str) -> Device:
    """Google's "rainbow" or "weber", with CZ for a native gate and without its calibration."""
    picture = CHIPS[name]
    places = {(r, c) for r, row in enumerate(picture) for c, mark in enumerate(row) if mark == "x"}
    return _lattice(name, places, ("cz",))


def _calibrated(bare: Device) -> Device:
    return replace(bare, calibration=median_calibration(bare))


def _ideal(name: str, qubits: int) -> Device:
    line = tuple(pairwise(range(qubits)))
    closing = ((0, qubits - 1),) if qubits > 2 else ()
    couplers = {
        "all_to_all": tuple(combinations(range(qubits), 2)),
        "line": line,
        "ring": line + closing,
    }
    return Device(name, tuple((x,) for x in range(qubits)), tuple(sorted(couplers[name])))


def _grid(chosen: spec.GridDevice) -> Device:
    rows, columns = chosen.grid
    places = {(r, c) for r in range(rows) for c in range(columns)}
    return _lattice(f"grid {rows}x{columns}", places, chosen.gates)


def _heavy_hex(chosen: spec.HeavyHexDevice) -> Device:
    graph = rx.generators.heavy_hex_graph(chosen.heavy_hex)
    coordinates = tuple((x,) for x in range(graph.num_nodes()))
    edges = _normal(graph.edge_list())
    return Device(f"heavy-hex {chosen.heavy_hex}", coordinates, edges, _distinct(chosen.gates))


def _custom(chosen: spec.EdgesDevice) -> Device:
    numbers = sorted({qubit for edge in chosen.edges for qubit in edge})
    index = {number: i for i, number in enumerate(numbers)}
    edges = _normal((index[a], index[b]) for a, b in chosen.edges)
    coordinates = tuple((x,) for x in numbers)
    bare = Device(chosen.name, coordinates, edges, _distinct(chosen.gates))
    return replace(bare, calibration=custom_calibration(chosen, bare))


def _lattice(name: str, places: set[tuple[int, int]], gates: tuple[str, ...]) -> Device:
    """A part of the square lattice, with every pair of nearest neighbours coupled."""
    coordinates = tuple(sorted(places))
    index = {place: i for i, place in enumerate(coordinates)}
    edges = _normal(
        (index[r, c], index[neighbour])
        for r, c in coordinates
        for neighbour in ((r, c + 1), (r + 1, c))
        if neighbour in index
    )
    return Device(name, coordinates, edges, _distinct(gates))


def _normal(edges: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted({(min(edge), max(edge)) for edge in edges}))


def _distinct(gates: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(gates))
