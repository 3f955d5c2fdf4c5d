"""Make candidates that keep the gates of a program and bring its qubits together by SWAPs.

SWAPs are then made cheaper: gates are moved next to a SWAP on the same pair, where it costs one CZ
and not three, and SWAPs with spare qubits, which are |0>, cost two CNOTs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from qslc.ir.program import Operation, Placement, Program, rename_operations, rename_string
from qslc.lower.candidates import Candidate
from qslc.lower.placement.layout import Layout
from qslc.lower.routing.dependencies import Dependencies, find_dependencies
from qslc.lower.routing.router import Route, route
from qslc.passes.fold import Runs, Wires


def insert_swaps(program: Program, layouts: Iterable[Layout], size: int) -> Iterator[Candidate]:
    """Yield the program with SWAPs, on a device of ``size`` qubits, from each layout."""
    forward = find_dependencies(program.operations, program.qubits)
    backward = find_dependencies(program.operations[::-1], program.qubits)
    for layout in layouts:
        yield _make_candidate(program, _route_from(forward, backward, layout), layout.region, size)


def _route_from(forward: Dependencies, backward: Dependencies, layout: Layout) -> Route:
    """Improve the start by routing forward and backward, which ends at a new start, and route."""
    start = layout.start
    for _ in range(layout.rounds):
        end = route(forward, layout.graph, start, layout.weights).end
        start = route(backward, layout.graph, end, layout.weights).end
    return route(forward, layout.graph, start, layout.weights, fixed=layout.fixed)


def _make_candidate(
    program: Program, found: Route, region: tuple[int, ...], size: int
) -> Candidate:
    """Return the route of a program as a candidate, in the numbers of the whole device."""
    start = tuple(region[place] for place in found.start)
    end = tuple(region[place] for place in found.end)
    shortened = use_spare_qubits(move_gates_to_swaps(found.operations), found.start)
    operations = tuple(rename_operations(shortened, region))
    observables = tuple(rename_string(each, end) for each in program.observables)
    located = replace(program, qubits=size, operations=operations, observables=observables)
    swaps = len(found.operations) - len(program.operations)
    note = f"{swaps} swap{'' if swaps == 1 else 's'}"
    return Candidate(located, Placement(start, end), "route", note)


def move_gates_to_swaps(operations: Iterable[Operation]) -> tuple[Operation, ...]:
    """Move gates, through what commutes with them, next to the SWAP that follows on their pair."""
    ordered: list[Operation | None] = []
    last: dict[Runs, int] = {}
    wires = Wires()
    for op in operations:
        number = last.get(wires.find_last_runs(op)) if op.gate == "swap" else None
        if number is not None:
            ordered.append(ordered[number])
            ordered[number] = None
        wires.append(op)
        last[wires.find_last_runs(op)] = len(ordered)
        ordered.append(op)
    return tuple(op for op in ordered if op is not None)


def use_spare_qubits(operations: Iterable[Operation], start: Sequence[int]) -> Iterator[Operation]:
    """Replace each SWAP between a qubit and a spare one by two CNOTs.

    The first CNOT writes the basis state of the qubit into the spare one, the second clears the
    qubit by it.

    Args:
        operations: Operations in which spare qubits have no other gate than SWAPs with one that
            is not spare.
        start: First places of the qubits that are not spare.
    """
    taken = set(start)
    for op in operations:
        if op.gate != "swap" or taken.issuperset(op.qubits):
            yield op
            continue
        (here,) = taken.intersection(op.qubits)
        (there,) = {*op.qubits} - {here}
        taken ^= {here, there}
        yield Operation("cnot", (here, there))
        yield Operation("cnot", (there, here))
