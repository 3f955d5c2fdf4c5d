"""How many qubits a device has, and which of them, and of the circuit, hang together."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import islice

from typing_extensions import assert_never

from qslc.spec.gate_sites import sites
from qslc.spec.model import EdgesDevice, FileDevice, GridDevice, HeavyHexDevice, Spec
from qslc.targets.devices import DEVICES

MAX_ENCODER_GATES = 200_000
"""A circuit of more gates is refused in any case."""


def device_size(spec: Spec) -> int:
    """Return the number of qubits of the device; ideal devices are as large as the circuit."""
    match spec.device:
        case str(name):
            return DEVICES[name].size or spec.qubits
        case FileDevice():
            return spec.qubits
        case GridDevice() | HeavyHexDevice() | EdgesDevice() as device:
            return device.size
        case _:
            assert_never(spec.device)


def device_name(spec: Spec) -> str:
    """Return the device as messages name it."""
    match spec.device:
        case str(name):
            return name
        case FileDevice():
            return "the device"
        case GridDevice() | HeavyHexDevice() | EdgesDevice() as device:
            return device.title
        case _:
            assert_never(spec.device)


def device_regions(spec: Spec) -> tuple[int, ...]:
    """Return how many device qubits are connected with each other, in each connected part."""
    match spec.device:
        case str(name):
            built = DEVICES[name].build(spec.qubits, calibrated=False)
            alone = ((qubit, qubit) for qubit in range(len(built.coordinates)))
            return tuple(map(len, _components((*alone, *built.edges))))
        case EdgesDevice(edges=edges):
            return tuple(map(len, _components(edges)))
        case GridDevice() | HeavyHexDevice() | FileDevice():
            return (device_size(spec),)
        case _:
            assert_never(spec.device)


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
