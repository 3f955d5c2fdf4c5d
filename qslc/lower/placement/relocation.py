"""Move a compiled program to where its device errs least, at the same gates and depth.

Last of all, on a device with a calibration, as in mapomatic (Nation and Treinish 2023,
https://arxiv.org/abs/2209.15512) and Qiskit's ``VF2PostLayout``.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from math import exp
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.draws import count_draws, simulate_draws
from qslc.feasibility.exposure import measure_error, measure_places
from qslc.feasibility.losses import DeviceLosses, compute_losses
from qslc.feasibility.paths import sample_program
from qslc.feasibility.segments import is_real
from qslc.feasibility.subject import make_run
from qslc.ir.metrics import count_metrics
from qslc.ir.program import Placement, Program, rename_qubits
from qslc.ir.steps import Step
from qslc.lower.placement.embedding import VertexOrder, order_vertices
from qslc.lower.placement.graph import Graph
from qslc.spec.noise import build_noise
from qslc.spec.wording import format_fidelity
from qslc.targets.device import Device
from qslc.targets.fidelity import (
    PlacementFidelity,
    compute_log_loss,
    estimate_fidelity,
    require_calibration,
)


@dataclass(frozen=True, slots=True)
class Relocation:
    """A program on the best qubits of its device.

    Args:
        program: Program on the device's qubits.
        placement: Placement of its logical qubits.
        fidelity: Estimated fidelity before and after; None on a device without calibration.
        steps: What was done.
        places: New place of each qubit that moved along.
    """

    program: Program
    placement: Placement
    fidelity: PlacementFidelity | None
    steps: tuple[Step, ...] = ()
    places: Mapping[int, int] = field(default_factory=dict)


def relocate(
    program: Program,
    placement: Placement,
    device: Device,
    level: int = 1,
    along: Iterable[tuple[int, ...]] = (),
) -> Relocation:
    """Move a native program to the qubits where its predicted error is least.

    Gates, their order and depth stay as they are. The same arguments give the same program.

    Args:
        program: Program in the native gates of the device.
        placement: Placement of its logical qubits.
        device: Device; on one without a calibration nothing moves.
        level: Optimization level; at 0 nothing moves.
        along: More qubits, which move along, and pairs of qubits, which stay on couplers.
    """
    started = time.perf_counter()
    if device.calibration is None:
        return Relocation(program, placement, None)
    if level == 0:
        here = estimate_fidelity(program, device)
        return Relocation(program, placement, PlacementFidelity(here, here))
    others = {*placement.start, *placement.end, *chain.from_iterable(along := tuple(along))}
    places, _ = _find_best(program, device)
    place = _add_idle(places, others, len(device.coordinates))
    moved = rename_qubits(program, place, program.qubits)
    first, best = compute_log_loss(program, device), compute_log_loss(moved, device)
    if _are_coupled([[place[q] for q in each] for each in along], device):
        start, end = (tuple(place[q] for q in each) for each in (placement.start, placement.end))
        program, placement = moved, Placement(start, end)
    else:
        place, best = dict(zip(place, place, strict=True)), first
    counts, fidelity = count_metrics(program), PlacementFidelity(exp(-first), exp(-best))
    first_found, chosen = map(format_fidelity, (fidelity.first_found, fidelity.chosen))
    note = f"estimated fidelity {first_found} to {chosen}"
    step = Step("good qubits", counts, counts, time.perf_counter() - started, note)
    return Relocation(program, placement, fidelity, (step,), place)


@lru_cache(maxsize=8)
def find_losses(device: Device, *, real: bool) -> DeviceLosses:
    """Return what the calibrated errors of a device take of readouts."""
    require_calibration(device)
    noise = build_noise("device", device)
    assert noise is not None  # noqa: S101 - a calibrated device has noise
    return compute_losses(device, noise, real=real)


def find_least_error(program: Program, device: Device) -> float:
    """Return the predicted error of a native program at its best place.

    Raises:
        InputError: The device has no calibration.
    """
    return _find_best(program, device)[1]


def simulate_least_error(program: Program, device: Device) -> float:
    """Return the error of a native program at its best place, at drawn angles (``draws``).

    Raises:
        InputError: The device has no calibration.
    """
    require_calibration(device)
    moved = rename_qubits(program, _find_best(program, device)[0], len(device.coordinates))
    run = make_run(moved, device, build_noise("device", device), {}, Placement((), ()))
    ideal, noisy = simulate_draws(run, count_draws(len(run.qubits)))
    size = np.sqrt(np.mean(ideal**2, axis=0)).sum()
    return float(np.abs(noisy - ideal).mean(axis=0).sum() / (size or 1))


def bound_error(program: Program, device: Device) -> float:
    """Predict the error of a native program if every qubit were as good as the best.

    The pairs of the program need not be coupled.

    Raises:
        InputError: The device has no calibration.
    """
    paths = sample_program(program)
    best = find_losses(device, real=is_real(paths.columns)).make_uniform(paths.qubits)
    return measure_error(paths, best, {qubit: qubit for qubit in paths.qubits})


def price_couplers(device: Device) -> dict[tuple[int, int], float]:
    """Return what a gate on each coupler costs beyond the median, in units of that.

    Raises:
        InputError: The device has no calibration.
    """
    losses = find_losses(device, real=False).two_qubit
    lost = {edge: float(losses[edge][0, 1:].mean()) for edge in device.edges}
    usual = float(np.median([*lost.values()])) or 1.0
    return {edge: loss / usual - 1 for edge, loss in lost.items()}


def find_best_places(program: Program, device: Device) -> Mapping[int, int]:
    """Find the best place for each qubit that a native program uses.

    Raises:
        InputError: The device has no calibration.
    """
    return _find_best(program, device)[0]


def predict_error(program: Program, device: Device) -> float:
    """Return the predicted error of a native program where it is.

    Raises:
        InputError: The device has no calibration.
    """
    paths = sample_program(program)
    losses = find_losses(device, real=is_real(paths.columns))
    return measure_error(paths, losses, {qubit: qubit for qubit in paths.qubits})


@lru_cache(maxsize=64)
def _find_best(program: Program, device: Device) -> tuple[Mapping[int, int], float]:
    """Find the best places of a program, and its error there; candidates are asked for it again."""
    paths = sample_program(program)
    losses = find_losses(device, real=is_real(paths.columns))
    host, qubits = Graph(len(device.coordinates), device.edges), paths.qubits
    costs = Costs(*measure_places(paths, losses, device))
    pattern = Graph(len(qubits), tuple(sorted(costs.edge)))
    best = dict(zip(qubits, find_cheapest_embedding(pattern, host, costs, qubits), strict=True))
    here = {qubit: qubit for qubit in qubits}
    errors = [(measure_error(paths, losses, each), each) for each in (here, best)]
    error, places = min(errors, key=lambda item: item[0])
    return MappingProxyType(places), error


def _are_coupled(groups: Iterable[Sequence[int]], device: Device) -> bool:
    """Tell whether all pairs are on couplers."""
    return {(min(each), max(each)) for each in groups if len(each) == 2} <= set(device.edges)


def _add_idle(places: Mapping[int, int], others: Set[int], size: int) -> dict[int, int]:
    """Add a place for each qubit that nothing happens to: its own if that is free."""
    idle = sorted(others - places.keys())
    free = sorted({*range(size)} - {*places.values()})
    staying = {qubit: qubit for qubit in idle if qubit in free}
    left = (place for place in free if place not in staying)
    going = {qubit: next(left) for qubit in idle if qubit not in staying}
    return {**places, **staying, **going}


Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_ORDER = VertexOrder(rarest_first=True, breadth_first=False)

_WIDEST, _NARROWEST = 1024, 16
"""Most and fewest partial placements in the beam."""

_WORK = 2_000_000
"""Partial placements in the beam times vertices of the pattern times vertices of the host."""


@dataclass(frozen=True)
class Costs:
    """Costs of the places of a pattern of k vertices on a host of p.

    Args:
        vertex: Cost of each vertex at each place, shape (k, p).
        edge: Cost of each edge of the pattern, the smaller vertex first, on each pair of places;
            infinite where the host has no edge, shape (p, p).
    """

    vertex: Floats
    edge: Mapping[tuple[int, int], Floats]

    def weigh_edge(self, a: int, b: int) -> Floats:
        """Return the cost of an edge of the pattern on each pair of places."""
        return self.edge[a, b] if a < b else self.edge[b, a].T


@dataclass(frozen=True)
class _Beam:
    """Partial placements, one a row; the first row follows the given embedding."""

    places: Ints  # so far, shape (rows, steps)
    taken: NDArray[np.bool_]  # which places are taken, shape (rows, p)
    cost: Floats  # so far, shape (rows,)


def find_cheapest_embedding(
    pattern: Graph, host: Graph, costs: Costs, first: Sequence[int]
) -> tuple[int, ...]:
    """Find a place for each vertex of a pattern, with every edge of the pattern on one of the host.

    Args:
        pattern: Graph of k vertices.
        host: Graph of p vertices.
        costs: Costs of the places.
        first: An embedding to improve on.
    """
    width = min(_WIDEST, max(_NARROWEST, _WORK // max(1, pattern.size * host.size)))
    order = order_vertices(pattern, _ORDER)
    beam = _Beam(
        np.empty((1, 0), dtype=np.int64), np.zeros((1, host.size), dtype=bool), np.zeros(1)
    )
    neighbors = _pad_neighbors(host)
    for step, vertex in enumerate(order):
        placed = order[:step]
        tied = [k for k, other in enumerate(placed) if other in pattern.neighbors[vertex]]
        options = (
            neighbors[beam.places[:, tied[0]]]
            if tied
            else np.broadcast_to(np.arange(host.size), beam.taken.shape)
        )
        cost = beam.cost[:, None] + costs.vertex[vertex][options]
        for k in tied:
            cost += costs.weigh_edge(vertex, placed[k])[options, beam.places[:, k, None]]
        cost[_find_forbidden(pattern, host, order, beam, options)] = np.inf
        beam = _keep_cheapest(beam, options, cost, first[vertex], width)
    places = dict(zip(order, beam.places[beam.cost.argmin()].tolist(), strict=True))
    return tuple(places[vertex] for vertex in range(pattern.size))


def _pad_neighbors(host: Graph) -> Ints:
    """Return the neighbors of each vertex, shape (p, largest degree), filled up with -1."""
    widest = max(map(len, host.neighbors), default=0)
    rows = [[*each, *[-1] * (widest - len(each))] for each in host.neighbors]
    return np.array(rows, dtype=np.int64).reshape(host.size, widest)


def _find_forbidden(
    pattern: Graph, host: Graph, order: list[int], beam: _Beam, options: Ints
) -> NDArray[np.bool_]:
    """Return which options are padding, taken, or too far from where the pattern has to return."""
    step = beam.places.shape[1]
    forbidden: NDArray[np.bool_] = (options < 0) | np.take_along_axis(beam.taken, options, 1)
    ahead = set(order[step:])
    for k, other in enumerate(order[:step]):
        # A path in the pattern is a path on the host, so distances cannot grow.
        distance = pattern.distances[order[step], other]
        if distance < pattern.size and not ahead.isdisjoint(pattern.neighbors[other]):
            forbidden |= host.distances[options, beam.places[:, k, None]] > distance
    return forbidden


def _keep_cheapest(beam: _Beam, options: Ints, cost: Floats, first: int, width: int) -> _Beam:
    """Place one more vertex: in the first row where the given embedding has it, then cheapest."""
    rank = cost.copy()
    rank[0, options[0] == first] = -np.inf
    chosen = np.argsort(rank, axis=None, kind="stable")[:width]
    chosen = chosen[rank.ravel()[chosen] < np.inf]
    row, column = np.divmod(chosen, options.shape[1])
    place = options[row, column]
    taken = beam.taken[row]
    taken[np.arange(len(row)), place] = True
    return _Beam(np.column_stack([beam.places[row], place]), taken, cost[row, column])
