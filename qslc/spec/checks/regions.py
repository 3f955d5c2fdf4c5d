"""How many qubits a device has, and which of them, and of the circuit, hang together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from qslc.spec.gate_sites import sites
from qslc.spec.model import EdgesDevice, GridDevice, HeavyHexDevice, Spec

CHIPS = {"rainbow": 23, "weber": 53}

MAX_ENCODER_GATES = 200_000
"""A circuit of more gates is refused in any case."""


def device_size(spec: Spec) -> int:
    """The number of qubits of the device; ideal devices are as large as the circuit."""
    match spec.device:
        case GridDevice(grid=(rows, columns)):
            return rows * columns
        case HeavyHexDevice(heavy_hex=distance):
            return (5 * distance**2 - 2 * distance - 1) // 2
        case EdgesDevice(edges=edges):
            return len({qubit for edge in edges for qubit in edge})
        case str(name):
            return CHIPS.get(name, spec.qubits)
    return spec.qubits


def device_name(spec: Spec) -> str:
    """The device as messages name it."""
    match spec.device:
        case GridDevice(grid=(rows, columns)):
            return f"grid {rows}x{columns}"
        case HeavyHexDevice(heavy_hex=distance):
            return f"heavy-hex {distance}"
        case EdgesDevice(name=name) | str(name):
            return name
    return "the device"


def device_regions(spec: Spec) -> tuple[int, ...]:
    """How many device qubits are connected with each other, in each connected part."""
    if isinstance(spec.device, EdgesDevice):
        return tuple(map(len, _components(spec.device.edges)))
    return (device_size(spec),)


def circuit_groups(spec: Spec) -> tuple[tuple[int, ...], ...]:
    """The qubits of the circuit that its two-qubit gates tie together, group by group.

    Qubits without such a gate are groups of one.
    """
    pairs = [pair for site in sites(spec.ansatz) for pair in site.on_pairs(spec.qubits)]
    coupled = [pair for pair in (*pairs, *_encoder_pairs(spec)) if max(pair) < spec.qubits]
    return _components((*((qubit, qubit) for qubit in range(spec.qubits)), *coupled))


def _encoder_pairs(spec: Spec) -> Iterator[tuple[int, int]]:
    """The pairs that the encoder couples with the features that fit; of very many gates, some."""
    gates = spec.encoder.resize(spec.qubits).gates(spec.qubits)
    for _, qubits, _ in islice(gates, MAX_ENCODER_GATES):
        if len(qubits) == 2:
            yield qubits[0], qubits[1]


def _components(edges: Iterable[tuple[int, int]]) -> tuple[tuple[int, ...], ...]:
    """The connected components, by their smallest vertex, each in rising order."""
    neighbours: defaultdict[int, set[int]] = defaultdict(set)
    for a, b in edges:
        neighbours[a].add(b)
        neighbours[b].add(a)
    found, seen = [], set[int]()
    for start in sorted(neighbours):
        if start in seen:
            continue
        reached, frontier = {start}, [start]
        while frontier:
            new = neighbours[frontier.pop()] - reached
            reached |= new
            frontier += new
        seen |= reached
        found.append(tuple(sorted(reached)))
    return tuple(found)
