"""Good qubits: a compiled program moved to where its device errs least.

A program whose gates are native runs wherever its pairs lie on couplers, at the same depth. As in
mapomatic (Nation and Treinish 2023, https://arxiv.org/abs/2209.15512), of these places the one of
the highest estimated fidelity is taken.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

import numpy as np

from qslc.ir.metrics import metrics
from qslc.ir.program import Placement, Program, rename_qubits
from qslc.ir.steps import Step
from qslc.lower.placement.cheapest_embedding import Costs, cheapest_places
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
    """A program on good qubits of its device.

    Args:
        program: on the device's qubits.
        placement: of its logical qubits.
        fidelity: estimated, before and after; None on a device without calibration.
        steps: what was done.
    """

    program: Program
    placement: Placement
    fidelity: PlacementFidelity | None
    steps: tuple[Step, ...] = ()


def on_good_qubits(
    program: Program, placement: Placement, device: Device, level: int
) -> Relocation:
    """Moves a native program to good qubits, from optimisation level 1 and where they are known."""
    if device.calibration is None:
        return Relocation(program, placement, None)
    if level == 0:
        here = estimate_fidelity(program, device)
        return Relocation(program, placement, PlacementFidelity(here, here))
    return relocated(program, placement, device)


def relocated(program: Program, placement: Placement, device: Device) -> Relocation:
    """Moves a native program to the qubits of its device where the estimated fidelity is highest.

    Gates, their order and depth stay as they are. The same arguments give the same program.

    Args:
        program: native to the device.
        placement: of its logical qubits.
        device: has a calibration.

    Raises:
        InputError: it has none.
    """
    started = time.perf_counter()
    place = _extended(best_places(program, device), placement, len(device.coordinates))
    moved = rename_qubits(program, place, program.qubits)
    first, best = compute_log_loss(program, device), compute_log_loss(moved, device)
    fidelity = PlacementFidelity(exp(-first), exp(-min(first, best)))
    if best < first:
        program, placement = moved, _placed(placement, place)
    counts = metrics(program)
    step = Step("good qubits", counts, counts, time.perf_counter() - started, _note(fidelity))
    return Relocation(program, placement, fidelity, (step,))


def least_loss(program: Program, device: Device) -> float:
    """-log of the estimated fidelity of a native program at its best place.

    Raises:
        InputError: the device has no calibration.
    """
    return compute_log_loss(
        rename_qubits(program, best_places(program, device), program.qubits), device
    )


def best_places(program: Program, device: Device) -> dict[int, int]:
    """The best place found for each qubit that a native program uses.

    Raises:
        InputError: the device has no calibration.
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
    return dict(zip(qubits, cheapest_places(pattern, host, costs, qubits), strict=True))


def _extended(places: Mapping[int, int], placement: Placement, size: int) -> dict[int, int]:
    """The places, and one for each logical qubit that nothing happens to: its own if it is free."""
    idle = sorted({*placement.start, *placement.end} - places.keys())
    free = sorted({*range(size)} - {*places.values()})
    staying = {qubit: qubit for qubit in idle if qubit in free}
    left = (place for place in free if place not in staying)
    going = {qubit: next(left) for qubit in idle if qubit not in staying}
    return {**places, **staying, **going}


def _placed(placement: Placement, place: Mapping[int, int]) -> Placement:
    start = tuple(place[qubit] for qubit in placement.start)
    return Placement(start, tuple(place[qubit] for qubit in placement.end))


def _note(fidelity: PlacementFidelity) -> str:
    first, chosen = map(format_fidelity, (fidelity.first_found, fidelity.chosen))
    return f"estimated fidelity {first} to {chosen}"
