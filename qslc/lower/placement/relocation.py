"""Move a compiled program to where its device errs least.

When to use it: last of all, on a device with a calibration. A program in native gates runs
wherever its pairs are on couplers, at the same depth. As in mapomatic (Nation and Treinish 2023,
https://arxiv.org/abs/2209.15512) and Qiskit's ``VF2PostLayout``, of these places the one of the
highest estimated fidelity is taken.

Failure modes: the estimate counts errors as independent, and the search is a beam search.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

import numpy as np

from qslc.ir.metrics import count_metrics
from qslc.ir.program import Placement, Program, rename_qubits
from qslc.ir.steps import Step
from qslc.lower.placement.cheapest_embedding import Costs, find_cheapest_embedding
from qslc.lower.placement.graph import Graph
from qslc.targets.device import Device
from qslc.targets.fidelity import (
    PlacementFidelity,
    compute_log_loss,
    compute_losses,
    estimate_fidelity,
    measure_exposure,
    require_calibration,
)
from qslc.targets.wording import format_fidelity


@dataclass(frozen=True, slots=True)
class Relocation:
    """A program on the best qubits of its device.

    Args:
        program: Program on the device's qubits.
        placement: Placement of its logical qubits.
        fidelity: Estimates before and after; None on a device without calibration.
        steps: What was done.
    """

    program: Program
    placement: Placement
    fidelity: PlacementFidelity | None
    steps: tuple[Step, ...] = ()


def relocate_at_level(
    program: Program, placement: Placement, device: Device, level: int
) -> Relocation:
    """Move a native program to the best qubits, from level 1 on and where these are known."""
    if device.calibration is None:
        return Relocation(program, placement, None)
    if level == 0:
        here = estimate_fidelity(program, device)
        return Relocation(program, placement, PlacementFidelity(here, here))
    return relocate(program, placement, device)


def relocate(program: Program, placement: Placement, device: Device) -> Relocation:
    """Move a native program to the qubits where its estimated fidelity is highest.

    Gates, their order and depth stay as they are. The same arguments give the same program.

    Args:
        program: Program in the native gates of the device.
        placement: Placement of its logical qubits.
        device: Device with a calibration.

    Raises:
        InputError: The device has no calibration.
    """
    started = time.perf_counter()
    place = _add_idle(find_best_places(program, device), placement, len(device.coordinates))
    moved = rename_qubits(program, place, program.qubits)
    first, best = compute_log_loss(program, device), compute_log_loss(moved, device)
    fidelity = PlacementFidelity(exp(-first), exp(-min(first, best)))
    if best < first:
        start, end = (tuple(place[q] for q in each) for each in (placement.start, placement.end))
        program, placement = moved, Placement(start, end)
    counts = count_metrics(program)
    first_found, chosen = map(format_fidelity, (fidelity.first_found, fidelity.chosen))
    note = f"estimated fidelity {first_found} to {chosen}"
    step = Step("good qubits", counts, counts, time.perf_counter() - started, note)
    return Relocation(program, placement, fidelity, (step,))


def least_loss(program: Program, device: Device) -> float:
    """Return -log of the estimated fidelity of a native program at its best place.

    Raises:
        InputError: The device has no calibration.
    """
    best = rename_qubits(program, find_best_places(program, device), program.qubits)
    return compute_log_loss(best, device)


def find_best_places(program: Program, device: Device) -> dict[int, int]:
    """Find the best place for each qubit that a native program uses.

    Raises:
        InputError: The device has no calibration.
    """
    calibration = require_calibration(device)
    exposed, lost = measure_exposure(program, calibration), compute_losses(device, calibration)
    host, qubits = Graph(len(device.coordinates), device.edges), exposed.qubits
    index = {qubit: i for i, qubit in enumerate(qubits)}
    weight = {(index[a], index[b]): count for (a, b), count in exposed.two_qubit.items()}
    alone = (
        np.outer([exposed.one_qubit[qubit] for qubit in qubits], lost.one_qubit)
        + np.outer([exposed.waiting_ns[qubit] for qubit in qubits], lost.waiting)
        + np.outer([qubit in exposed.measured for qubit in qubits], lost.readout)
    )
    edge = np.full((host.size, host.size), np.inf)
    for (a, b), loss in lost.two_qubit.items():
        edge[a, b] = edge[b, a] = loss
    costs = Costs(alone, weight, edge)
    pattern = Graph(len(qubits), tuple(sorted(weight)))
    return dict(zip(qubits, find_cheapest_embedding(pattern, host, costs, qubits), strict=True))


def _add_idle(places: Mapping[int, int], placement: Placement, size: int) -> dict[int, int]:
    """Add a place for each logical qubit that nothing happens to: its own if that is free."""
    idle = sorted({*placement.start, *placement.end} - places.keys())
    free = sorted({*range(size)} - {*places.values()})
    staying = {qubit: qubit for qubit in idle if qubit in free}
    left = (place for place in free if place not in staying)
    going = {qubit: next(left) for qubit in idle if qubit not in staying}
    return {**places, **staying, **going}
