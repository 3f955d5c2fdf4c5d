"""Split a program into parts for a device in parts, and join what becomes of them.

Where no connected part of a device is large enough, groups of qubits that no gate joins go where
they fit, and each is brought to its own part by whichever way is best there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from math import prod

from qslc.diagnostics import Diagnostic, InputError
from qslc.ir.program import PauliString, Placement, Program, rename_operations, rename_string
from qslc.lower.candidates import Candidate
from qslc.lower.placement.embedding import find_embedding
from qslc.lower.placement.graph import Graph, make_interaction_graph
from qslc.spec.packing import pack
from qslc.targets.device import Device

_ONE = PauliString(())


@dataclass(frozen=True, slots=True)
class Part:
    """Qubits of a program, and the connected device qubits that they may use."""

    qubits: tuple[int, ...]
    region: tuple[int, ...]


def split(program: Program, device: Device, host: Graph, seed: int) -> tuple[Part, ...]:
    """Assign the parts of a program to the connected parts of its device.

    If all pairs of the program are found to fit on couplers, each group goes where it does then;
    otherwise as sizes allow, rather to a part of the device on whose couplers it fits by itself.

    Args:
        program: Program to split.
        device: Device.
        host: Couplers of the device.
        seed: Random seed.

    Raises:
        InputError: The groups do not fit, or no way was found to put them.
    """
    pattern, rooms = make_interaction_graph(program), host.components
    places = find_embedding(pattern, host, seed)
    if places is None:
        chosen = _pack(pattern, host, seed)
    else:
        room_of = {place: room for room, region in enumerate(rooms) for place in region}
        chosen = tuple(room_of[places[group[0]]] for group in pattern.components)
    if chosen is None:
        raise InputError(_explain_misfit(pattern, device, host))
    held: list[list[int]] = [[] for _ in rooms]
    for group, room in zip(pattern.components, chosen, strict=True):
        held[room] += group
    return tuple(
        Part(tuple(sorted(qubits)), region)
        for qubits, region in zip(held, rooms, strict=True)
        if qubits
    )


def _pack(pattern: Graph, host: Graph, seed: int) -> tuple[int, ...] | None:
    """Return a connected part of the host for each component of the pattern, if they fit."""
    sizes = [len(group) for group in pattern.components]
    spaces = [len(region) for region in host.components]
    groups = [pattern.subgraph(group) for group in pattern.components]
    regions = [host.subgraph(region) for region in host.components]

    @cache
    def find(group: Graph, region: Graph) -> tuple[int, ...] | None:
        return find_embedding(group, region, seed, attempts=1)

    def needs_swaps(group: int, room: int) -> int:
        return int(find(groups[group], regions[room]) is None)

    return pack(sizes, spaces, needs_swaps) or pack(sizes, spaces)


def _explain_misfit(pattern: Graph, device: Device, host: Graph) -> Diagnostic:
    needed, offered = len(pattern.components[0]), len(host.components[0])
    message = f"the program needs {needed} connected qubits; {device.name} has {offered}"
    if needed <= offered:
        message = f"the coupled qubits of the program find no place on the parts of {device.name}"
    return Diagnostic(message, where="device", help="use fewer qubits or another device")


def restrict(program: Program, part: Part) -> Program:
    """Return what a program does to one part, its qubits numbered anew.

    Measured are the factors that observables have there, other than 1 and each of them once.
    """
    index = {qubit: i for i, qubit in enumerate(part.qubits)}
    inside = (op for op in program.operations if op.qubits[0] in index)
    operations = tuple(rename_operations(inside, index))
    factors = dict.fromkeys(_restrict_string(each, index) for each in program.observables)
    factors.pop(_ONE, None)
    return replace(
        program, qubits=len(part.qubits), operations=operations, observables=tuple(factors)
    )


def _restrict_string(observable: PauliString, index: Mapping[int, int]) -> PauliString:
    """Return the factor of an observable, without its sign, on qubits that are numbered anew."""
    return PauliString(tuple((index[q], pauli) for q, pauli in observable.paulis if q in index))


def join(program: Program, parts: Sequence[tuple[Part, Candidate]], size: int) -> Candidate:
    """Put the parts of a program side by side on a device.

    Args:
        program: Program that was split.
        parts: Each part, and its candidate on the qubits of its region.
        size: Number of device qubits.
    """
    operations = tuple(
        op
        for part, candidate in parts
        for op in rename_operations(candidate.program.operations, part.region)
    )
    measured = [_find_factors(program, part, candidate) for part, candidate in parts]
    observables = tuple(map(_multiply_factors, program.observables, zip(*measured, strict=True)))
    joined = replace(program, qubits=size, operations=operations, observables=observables)
    places = sorted(
        (qubit, part.region[start], part.region[end])
        for part, candidate in parts
        for qubit, start, end in zip(
            part.qubits, candidate.placement.start, candidate.placement.end, strict=True
        )
    )
    _, starts, ends = zip(*places, strict=True)
    methods = Counter(candidate.method for _, candidate in parts)
    note = ", ".join(f"{method}: {count}" for method, count in methods.items())
    return Candidate(joined, Placement(starts, ends), "parts", note)


def _find_factors(program: Program, part: Part, candidate: Candidate) -> list[PauliString]:
    """Return what is measured in a part, on the device's qubits, for each observable."""
    index = {qubit: i for i, qubit in enumerate(part.qubits)}
    wanted = restrict(program, part).observables
    measured = (rename_string(each, part.region) for each in candidate.program.observables)
    found = dict(zip(wanted, measured, strict=True))
    return [found.get(_restrict_string(each, index), _ONE) for each in program.observables]


def _multiply_factors(observable: PauliString, factors: Sequence[PauliString]) -> PauliString:
    """Return the product of an observable's factors, with its sign."""
    paulis = sorted(pauli for factor in factors for pauli in factor.paulis)
    return PauliString(tuple(paulis), observable.sign * prod(factor.sign for factor in factors))
