"""Insert SWAPs that bring qubits together where the device has no coupler between them.

SABRE (Li, Ding and Xie, "Tackling the Qubit Mapping Problem for NISQ-Era Quantum Devices", ASPLOS
2019): while no gate can run, do the SWAP that brings the qubits of the pending gates, and with less
weight those of the gates behind them, closest together. Here gates that commute do not wait for one
another, a SWAP is priced by what it costs in CZ gates (nothing before the first gate of both
qubits, as the initial layout changes instead), and in place of the decay factor it is charged for
the levels by which it ends after the qubits of the pending gate are free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc.ir.decompositions import count_two_qubit_gates
from qslc.ir.program import Operation
from qslc.lower.placement.graph import Graph
from qslc.lower.placement.layout import SwapWeights
from qslc.lower.routing.dependencies import Dependencies, PendingGates

Qubits: TypeAlias = int | NDArray[np.int64]

_PRICE, _SPARE_PRICE, _MERGED_PRICE = 3, 2, 1
"""CZ gates of a SWAP: in general, with a spare qubit, and after a gate on the same pair."""

_UNDO_PRICE = 1000.0
"""Price, in CZ gates, of taking back the SWAP before: more than that of any other."""

_LATEST = 12
"""Levels of two-qubit gates beyond which later is not worse: four SWAPs."""


@dataclass(frozen=True, slots=True)
class Route:
    """Operations on device qubits, and where each program qubit starts and ends."""

    operations: tuple[Operation, ...]
    start: tuple[int, ...]
    end: tuple[int, ...]


def route(
    program: Dependencies,
    device: Graph,
    start: tuple[int, ...],
    weights: SwapWeights,
    *,
    fixed: bool = False,
) -> Route:
    """Put a program on a device, with SWAPs where they are needed.

    Args:
        program: Program on as many qubits as ``start`` is long.
        device: Couplers that may be used; they connect all places in ``start``.
        start: Proposal for the device qubit of each program qubit at the start.
        weights: Weights of a SWAP against distances.
        fixed: Whether qubits start where it is proposed, and nowhere else.

    Raises:
        ValueError: The couplers do not connect the places.
    """
    if start and device.distances[start[0], list(start)].max() >= device.size:
        raise ValueError(f"no couplers connect the device qubits {start}")
    return _Router(program, device, start, weights, fixed).run()


class _Router:
    """The state of one routing run. Device qubits without a program qubit hold numbered fillers."""

    def __init__(
        self,
        program: Dependencies,
        device: Graph,
        start: tuple[int, ...],
        weights: SwapWeights,
        fixed: bool,
    ) -> None:
        self.program, self.size, self.weights = program, program.qubits, weights
        self.distances = device.distances
        self.neighbors = device.neighbors
        self.a, self.b = np.array(device.edges, dtype=np.int64).reshape(-1, 2).T
        self.pending = PendingGates(program, device.size)
        fillers = sorted(set(range(device.size)) - set(start))
        self.position = np.array([*start, *fillers], dtype=np.int64)
        self.occupant = np.argsort(self.position)
        self.first = self.position.copy()
        self.level = np.zeros(device.size, dtype=np.int64)
        self.touched = np.full(device.size, fixed)
        self.axis = ["-"] * device.size
        self.mergeable = np.zeros((device.size, device.size), dtype=bool)
        self.swapped = np.zeros(device.size, dtype=bool)
        self.emitted: list[Operation] = []

    def run(self) -> Route:
        patience = 10 + 2 * int(self.distances.max())
        idle = 0
        self._run_possible(range(self.size))
        while self.pending.count:
            if idle > patience:
                self._bring_closest_together()
                idle = 0
                continue
            best = int(np.argmin(self._compute_scores()))
            idle = 0 if self._swap(int(self.a[best]), int(self.b[best])) else idle + 1
        for qubit in range(self.size):
            self._emit_singles(self.pending.take_rest(qubit))
        start, end = (tuple(each[: self.size].tolist()) for each in (self.first, self.position))
        return Route(tuple(self.emitted), start, end)

    def _compute_scores(self) -> NDArray[np.float64]:
        """Return how good a SWAP on each coupler would be, the least the best."""
        front = self.pending.front
        useful = front[self.occupant[self.a]] | front[self.occupant[self.b]]
        touched = self.touched[self.a] | self.touched[self.b]
        price = np.where(touched, self._compute_price(self.a, self.b), 0.0)
        price[self.mergeable[self.a, self.b] & self.swapped[self.a]] = _UNDO_PRICE
        change = self._compute_change(self.a, self.b) + self._compute_change(self.b, self.a)
        scores = (
            change + self.weights.price * price + self.weights.delay * self._compute_delays(price)
        )
        return np.where(useful, scores, np.inf)

    def _compute_delays(self, price: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return by how many levels each SWAP ends after the qubits of its gate are free."""
        here = self.level[self.position]
        partners = np.where(self.pending.weights == 1, here[self.pending.partners], 0).max(axis=1)
        due = np.where(self.pending.front, np.maximum(here, partners), 0)[self.occupant]
        ends = np.maximum(self.level[self.a], self.level[self.b]) + price
        late: NDArray[np.float64] = ends - np.maximum(due[self.a], due[self.b])
        return late.clip(0, _LATEST)

    def _compute_change(
        self, here: NDArray[np.int64], there: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return by how much a move lengthens the way to the partners in pending gates."""
        mover = self.occupant[here]
        partners = self.position[self.pending.partners[mover]]
        away = self.distances[there[:, None], partners] - self.distances[here[:, None], partners]
        # A partner that sits there comes here: nothing changes.
        away[partners == there[:, None]] = 0
        change: NDArray[np.float64] = np.sum(self.pending.weights[mover] * away, axis=1)
        return change

    def _compute_price(self, a: Qubits, b: Qubits) -> NDArray[np.int64]:
        """Return the CZ gates that a SWAP costs, the last one not being undone."""
        spare = np.maximum(self.occupant[a], self.occupant[b]) >= self.size
        merged = self.mergeable[a, b] & ~self.swapped[a]
        return np.where(merged, _MERGED_PRICE, np.where(spare, _SPARE_PRICE, _PRICE))

    def _swap(self, a: int, b: int) -> bool:
        """Exchange two neighbors and return whether gates could run after that."""
        p, q = int(self.occupant[a]), int(self.occupant[b])
        if self.touched[a] or self.touched[b]:
            self._emit_double(Operation("swap", (a, b)), int(self._compute_price(a, b)))
        else:
            self.first[[p, q]] = b, a
            self._remember(Operation("swap", (a, b)))
        self.position[[p, q]] = b, a
        self.occupant[[a, b]] = q, p
        return self._run_possible(qubit for qubit in (p, q) if qubit < self.size)

    def _run_possible(self, qubits: Iterable[int]) -> bool:
        """Run every gate that has become possible around some qubits; return if there was one."""
        changed: set[int] = set()
        fresh = set(qubits)
        while possible := sorted(
            {g for q in fresh for g in self.pending.find_ready(q) if self._find_distance(g) == 1}
        ):
            fresh = {qubit for gate in possible for qubit in self.program.operations[gate].qubits}
            changed |= fresh
            for gate in possible:
                self._run(gate)
        self.pending.refresh(changed)
        return bool(changed)

    def _run(self, gate: int) -> None:
        self._emit_singles(self.pending.take(gate))
        op = self.program.operations[gate]
        a, b = (int(self.position[qubit]) for qubit in op.qubits)
        self._emit_double(replace(op, qubits=(a, b)), count_two_qubit_gates(op.gate))

    def _emit_singles(self, operations: Iterable[int]) -> None:
        for index in operations:
            op = self.program.operations[index]
            place = int(self.position[op.qubits[0]])
            self.emitted.append(replace(op, qubits=(place,)))
            self._remember(self.emitted[-1])

    def _emit_double(self, op: Operation, cost: int) -> None:
        pair = list(op.qubits)
        self.emitted.append(op)
        self.level[pair] = self.level[pair].max() + cost
        self.touched[pair] = True
        self._remember(op)

    def _remember(self, op: Operation) -> None:
        """Note which pairs had a gate, or a SWAP, that everything since then commutes with."""
        for axis, place in zip(op.kind.axes, op.qubits, strict=True):
            if axis == "-" or axis != self.axis[place]:
                self.mergeable[place] = self.mergeable[:, place] = False
            self.axis[place] = axis
            self.swapped[place] = op.gate == "swap"
        first, last = op.qubits[0], op.qubits[-1]
        self.mergeable[first, last] = self.mergeable[last, first] = True

    def _bring_closest_together(self) -> None:
        """Bring the closest pending pair together along a shortest path, whatever it costs."""
        front = np.flatnonzero(self.pending.front)
        gates = {gate for qubit in front for gate in self.pending.find_ready(int(qubit))}
        gate = min(sorted(gates), key=self._find_distance)
        p, q = self.program.operations[gate].qubits
        while self._find_distance(gate) > 1:
            here, goal = int(self.position[p]), int(self.position[q])
            step = min(self.neighbors[here], key=lambda place: int(self.distances[place, goal]))
            self._swap(here, step)

    def _find_distance(self, gate: int) -> int:
        a, b = self.position[list(self.program.operations[gate].qubits)]
        return int(self.distances[a, b])
