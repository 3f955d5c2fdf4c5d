"""Lower the preparation of encoded vectors: from |0...0> to where the layer's qubits start."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import sympy

from qslc.ir.program import Operation, Placement, Program, rename_operations
from qslc.lower.anchors import Anchors
from qslc.lower.candidates import compute_cost
from qslc.lower.native import lower_to_native
from qslc.lower.placement.compact import grow_region
from qslc.lower.placement.graph import Graph
from qslc.lower.placement.layout import SwapWeights
from qslc.lower.placement.relocation import predict_error
from qslc.lower.routing.dependencies import find_dependencies
from qslc.lower.routing.router import Route, route
from qslc.lower.routing.swaps import move_gates_to_swaps, use_spare_qubits
from qslc.passes import NATIVE_PASSES, clean_up
from qslc.spec.model import Spec
from qslc.spec.objectives import OBJECTIVES
from qslc.spec.preparation import PreparationMethod
from qslc.targets.device import Device, list_live_couplers

Operations = tuple[Operation, ...]
Level = tuple[tuple[int, int], ...]

_WEIGHTS = tuple(SwapWeights(*each) for each in ((0.2, 0.2), (0.5, 0.1), (1.0, 0.1), (2.0, 0.01)))
"""Weights of SWAPs with which a multiplexed preparation is routed; the best is taken."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """A circuit that prepares vectors where the qubits of a layer start.

    Args:
        method: "multiplexed" or "variational".
        qubits: Program qubits that it prepares, the most significant one first.
        levels: Pairs of each level of a variational preparation, as positions in ``qubits``.
        symbols: Names of its angles.
        written: Its gates on program qubits.
        placed: Its native program on device qubits.
        placement: Device qubit of each program qubit before it, and after it.
        exact_gates: Number of two-qubit gates, in CZ, with which its method prepares any vector.
    """

    method: PreparationMethod
    qubits: tuple[int, ...]
    levels: tuple[Level, ...]
    symbols: tuple[str, ...]
    written: Operations
    placed: Program
    placement: Placement
    exact_gates: int


def find_anchors(spec: Spec, device: Device) -> Anchors | None:
    """Return what the preparation of a spec asks of a placement; None where there is none."""
    prepared = spec.encoder.prepared
    if prepared is None:
        return None
    host = Graph(len(device.coordinates), list_live_couplers(device))
    adjacent = prepared.method == "variational"
    return Anchors(_list_qubits(spec), host, adjacent)


def lower_preparation(
    spec: Spec,
    method: PreparationMethod,
    layer: Program,
    start: Sequence[int],
    anchors: Anchors,
    device: Device,
    level: int,
    depth: int | None = None,
) -> Preparation:
    """Lower a preparation.

    Args:
        spec: Spec that asks for it.
        method: Its method.
        layer: Native program of the layer, on the device's qubits.
        start: Device qubit of each program qubit where the layer begins.
        anchors: Its qubits, and the couplers that it may use.
        device: Device.
        level: Optimization level.
        depth: Number of levels of a variational one; None for as many as any vector needs.
    """
    if method == "variational":
        falls = spec.encoder.projection == "principal"
        return _lower_variational(layer, tuple(start), anchors, device, level, depth, falls)
    return _lower_multiplexed(spec, layer, tuple(start), anchors, device, level)


def _list_qubits(spec: Spec) -> tuple[int, ...]:
    held = spec.encoder.inputs(spec.qubits).amplitude_qubits
    return tuple(range(spec.qubits - held, spec.qubits))


def count_exact_levels(start: Sequence[int], anchors: Anchors) -> int:
    """Count the levels with which a variational preparation prepares any vector."""
    from qslc_runtime.preparation import make_brick

    return len(make_brick(len(anchors.qubits), _list_couplers(start, anchors)).levels)


def _list_couplers(start: Sequence[int], anchors: Anchors) -> Sequence[tuple[int, int]]:
    return anchors.host.subgraph([start[qubit] for qubit in anchors.qubits]).edges


def _lower_variational(
    layer: Program,
    start: tuple[int, ...],
    anchors: Anchors,
    device: Device,
    level: int,
    depth: int | None,
    falls: bool,
) -> Preparation:
    from qslc_runtime.preparation import count_exact_gates, list_falling_periods, make_brick

    qubits, couplers = anchors.qubits, _list_couplers(start, anchors)
    brick = make_brick(len(qubits), couplers)
    if depth not in {None, len(brick.levels)}:
        periods = list_falling_periods(len(qubits), couplers) if falls else None
        brick = make_brick(len(qubits), couplers, depth=depth, periods=periods)
    symbols = _name_angles(len(brick.rotations))
    written = tuple(rename_operations(_list_brick(brick.stages, brick.levels, symbols), qubits))
    program = _make_program(tuple(rename_operations(written, start)), symbols, layer)
    return Preparation(
        "variational",
        qubits,
        brick.levels,
        symbols,
        written,
        _clean_up(lower_to_native(program, device), level),
        Placement(start, start),
        count_exact_gates(len(qubits)),
    )


def _list_brick(
    stages: Sequence[Sequence[int]], levels: Sequence[Level], symbols: Sequence[str]
) -> Iterator[Operation]:
    names = iter(symbols)
    for level, stage in zip(((), *levels), stages, strict=True):
        yield from (Operation("cz", pair) for pair in level)
        yield from (_rotate(qubit, next(names)) for qubit in stage)


def _lower_multiplexed(
    spec: Spec,
    layer: Program,
    start: tuple[int, ...],
    anchors: Anchors,
    device: Device,
    level: int,
) -> Preparation:
    from qslc_runtime.preparation import Rotation, list_multiplexed_steps

    qubits = anchors.qubits
    steps = tuple(list_multiplexed_steps(len(qubits)))
    symbols = _name_angles(sum(isinstance(step, Rotation) for step in steps))
    written = tuple(
        _rotate(qubits[step.qubit], symbols[step.angle])
        if isinstance(step, Rotation)
        else Operation("cz", (qubits[step.first], qubits[step.second]))
        for step in steps
    )
    programs = [
        (lower_to_native(_make_program(operations, symbols, layer), device), before)
        for operations, before in _route_backward(written, start, anchors.host)
    ]
    objective = OBJECTIVES[spec.objective]
    native, before = min(
        programs, key=lambda each: compute_cost(each[0], device, objective, predict_error)
    )
    exact = sum(len(op.qubits) == 2 for op in written)
    return Preparation(
        "multiplexed",
        qubits,
        (),
        symbols,
        written,
        _clean_up(native, level),
        Placement(before, start),
        exact,
    )


def _route_backward(
    written: Operations, start: tuple[int, ...], host: Graph
) -> Iterator[tuple[Operations, tuple[int, ...]]]:
    """Yield routes that end at given places, with the places where each begins.

    RY by any angle, CZ and SWAP are routed the same way forward and backward in time, and all
    qubits begin in |0>, wherever that is.
    """
    backward = find_dependencies(written[::-1], len(start))
    inside = sorted(next(part for part in host.components if start[0] in part))
    part = host.subgraph(inside)
    seeds = [inside.index(place) for place in start]
    regions = dict.fromkeys(
        tuple(sorted(grow_region(seeds, part, size)))
        for size in (len(start), len(start) + 1 + len(start) // 4)
    )
    for region in regions:
        graph, here = part.subgraph(region), tuple(map(region.index, seeds))
        for weights in _WEIGHTS:
            found = route(backward, graph, here, weights, fixed=True)
            places = [inside[place] for place in region]
            yield _turn_around(found, places)
            if set(map(frozenset, _list_pairs(written))) <= _map_edges(graph, here):
                return


def _turn_around(found: Route, places: Sequence[int]) -> tuple[Operations, tuple[int, ...]]:
    """Return a backward route forward, on the device's qubits, and where it begins."""
    forward = use_spare_qubits(move_gates_to_swaps(found.operations[::-1]), found.end)
    operations = tuple(rename_operations(forward, places))
    return operations, tuple(places[place] for place in found.end)


def _list_pairs(operations: Operations) -> Iterator[tuple[int, ...]]:
    return (op.qubits for op in operations if len(op.qubits) == 2)


def _map_edges(graph: Graph, here: Sequence[int]) -> set[frozenset[int]]:
    """Return the pairs of program qubits whose places are coupled."""
    index = {place: qubit for qubit, place in enumerate(here)}
    return {frozenset((index[a], index[b])) for a, b in graph.edges if a in index and b in index}


def _name_angles(count: int) -> tuple[str, ...]:
    return tuple(f"prep_{i}" for i in range(count))


def _rotate(qubit: int, symbol: str) -> Operation:
    return Operation("ry", (qubit,), sympy.Symbol(symbol))


def _make_program(operations: Operations, symbols: tuple[str, ...], layer: Program) -> Program:
    return replace(
        layer, operations=operations, observables=(), weights=(), inputs=symbols, start="zero"
    )


def _clean_up(program: Program, level: int) -> Program:
    """Clean up a native preparation, all of whose state is needed."""
    passes = (each for each in NATIVE_PASSES[level] if not each.reads_observables)
    return clean_up(program, tuple(passes))
