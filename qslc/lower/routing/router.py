"""Routing: SWAPs that bring qubits together where the device has no coupler between them.

SABRE (Li, Ding and Xie, "Tackling the Qubit Mapping Problem for NISQ-Era Quantum Devices",
ASPLOS 2019): while no gate can be done, do the SWAP that brings the qubits of the waiting gates,
and with less weight those of the gates behind them, closest together. What differs here:

- Gates that commute do not wait for one another.
- The look-ahead is kept per qubit, so that a step costs the same however long the program is.
- A SWAP is priced by what it costs in CZ gates: one after a gate on the same pair that commutes
  with all that came after it, two with a spare qubit, which is |0>, nothing before the first gate
  of both qubits (the initial placement changes instead), otherwise three.
- In place of the decay factor a SWAP is charged for the levels by which it is late: for ending
  after the qubits of the waiting gate are free.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from qslc.ir.program import Operation
from qslc.lower.placement.graph import Graph
from qslc.lower.routing.dependencies import Dependencies
from qslc.lower.routing.waiting import Waiting

_FULL_PRICE, _SPARE_PRICE = 3, 2
_UNDO = 1000.0  # the price of taking back the SWAP before
_LATE = 12  # levels beyond which later is not worse


@dataclass(frozen=True, slots=True)
class Style:
    """What a SWAP is charged, in edges of distance: per CZ it costs, per level it is late."""

    price: float
    delay: float


@dataclass(frozen=True, slots=True)
class Routed:
    """Operations on device qubits, and where each program qubit starts and ends."""

    operations: tuple[Operation, ...]
    start: tuple[int, ...]
    end: tuple[int, ...]


def route(program: Dependencies, device: Graph, start: tuple[int, ...], style: Style) -> Routed:
    """Puts a program on a device.

    Args:
        program: on as many qubits as ``start`` is long.
        device: the couplers that may be used; they connect all places in ``start``.
        start: a proposal for the device qubit of each program qubit at the start.
    """
    router = _Router(program, device, start, style)
    router.run()
    return Routed(tuple(router.emitted), router.first_places(), router.places())


class _Router:
    """The state of one routing run. Device qubits without a program qubit hold numbered fillers."""

    def __init__(
        self, program: Dependencies, device: Graph, start: tuple[int, ...], style: Style
    ) -> None:
        self.program, self.style = program, style
        self.distances = device.distances
        self.neighbours = device.neighbours
        self.a, self.b = np.array(device.edges, dtype=np.int64).reshape(-1, 2).T
        self.waiting = Waiting(program, device.size)
        fillers = sorted(set(range(device.size)) - set(start))
        self.position = np.array([*start, *fillers], dtype=np.int64)
        self.occupant = np.argsort(self.position)
        self.first = self.position.copy()
        self.level = np.zeros(device.size, dtype=np.int64)
        self.touched = np.zeros(device.size, dtype=bool)
        self.axis = ["-"] * device.size
        self.met = np.zeros((device.size, device.size), dtype=bool)
        self.swapped = np.zeros(device.size, dtype=bool)
        self.emitted: list[Operation] = []

    def places(self) -> tuple[int, ...]:
        return tuple(self.position[: len(self.program.lanes)].tolist())

    def first_places(self) -> tuple[int, ...]:
        return tuple(self.first[: len(self.program.lanes)].tolist())

    def run(self) -> None:
        patience = 10 + 2 * int(self.distances.max())
        idle = 0
        self._advance(range(len(self.program.lanes)))
        while self.waiting.left:
            if idle > patience:
                self._force()
                idle = 0
                continue
            swap = int(np.argmin(self._scores()))
            done = self._swap(int(self.a[swap]), int(self.b[swap]))
            idle = 0 if done else idle + 1
        for qubit in range(len(self.program.lanes)):
            self._emit_single(self.waiting.rest(qubit))

    def _scores(self) -> NDArray[np.float64]:
        """Of each coupler: how good a SWAP there would be, the least the best."""
        front = self.waiting.front
        useful = front[self.occupant[self.a]] | front[self.occupant[self.b]]
        price = self._prices()
        change = self._approach(self.a, self.b) + self._approach(self.b, self.a)
        scores = change + self.style.price * price + self.style.delay * self._delays(price)
        return np.where(useful, scores, np.inf)

    def _delays(self, price: NDArray[np.float64]) -> NDArray[np.float64]:
        """By how many levels each SWAP ends after the qubits of the waiting gate are free."""
        here = self.level[self.position]
        partners = np.where(self.waiting.weights == 1, here[self.waiting.partners], 0).max(axis=1)
        due = np.where(self.waiting.front, np.maximum(here, partners), 0)[self.occupant]
        ends = np.maximum(self.level[self.a], self.level[self.b]) + price
        late: NDArray[np.float64] = ends - np.maximum(due[self.a], due[self.b])
        return late.clip(0, _LATE)

    def _approach(self, here: NDArray[np.int64], there: NDArray[np.int64]) -> NDArray[np.float64]:
        """By how much a move from here to there lengthens the way to the coming partners."""
        mover = self.occupant[here]
        partners = self.position[self.waiting.partners[mover]]
        away = self.distances[there[:, None], partners] - self.distances[here[:, None], partners]
        # A partner that sits there comes here: nothing changes.
        away[partners == there[:, None]] = 0
        change: NDArray[np.float64] = np.sum(self.waiting.weights[mover] * away, axis=1)
        return change

    def _prices(self) -> NDArray[np.float64]:
        again = self.met[self.a, self.b]
        spare = self.occupant >= len(self.program.lanes)
        full = np.where(spare[self.a] | spare[self.b], _SPARE_PRICE, _FULL_PRICE)
        touched = self.touched[self.a] | self.touched[self.b]
        price: NDArray[np.float64] = np.where(touched, full, 0.0)
        price[again] = 1.0
        price[again & self.swapped[self.a]] = _UNDO
        return price

    def _price(self, a: int, b: int) -> int:
        if self.met[a, b] and not self.swapped[a]:
            return 1
        spare = max(self.occupant[[a, b]]) >= len(self.program.lanes)
        return _SPARE_PRICE if spare else _FULL_PRICE

    def _swap(self, a: int, b: int) -> bool:
        """Exchanges two neighbours; whether gates could be done after that."""
        p, q = int(self.occupant[a]), int(self.occupant[b])
        if self.touched[a] or self.touched[b]:
            self._emit_double(Operation("swap", (a, b)), self._price(a, b))
        else:
            self.first[[p, q]] = b, a
            self._remember(Operation("swap", (a, b)))
        self.position[[p, q]] = b, a
        self.occupant[[a, b]] = q, p
        return self._advance(qubit for qubit in (p, q) if qubit < len(self.program.lanes))

    def _advance(self, qubits: Iterable[int]) -> bool:
        """Does every gate that has become possible around some qubits; whether there was one."""
        changed: set[int] = set()
        fresh = set(qubits)
        while possible := sorted(
            {g for q in fresh for g in self.waiting.ready(q) if self._fits(g)}
        ):
            fresh = {qubit for gate in possible for qubit in self.program.operations[gate].qubits}
            changed |= fresh
            for gate in possible:
                self._do(gate)
        self.waiting.refresh(changed)
        return bool(changed)

    def _fits(self, gate: int) -> bool:
        a, b = self.position[list(self.program.operations[gate].qubits)]
        return bool(self.distances[a, b] == 1)

    def _do(self, gate: int) -> None:
        self._emit_single(self.waiting.do(gate))
        op = self.program.operations[gate]
        a, b = (int(self.position[qubit]) for qubit in op.qubits)
        self._emit_double(replace(op, qubits=(a, b)), op.kind.cost)

    def _emit_single(self, operations: Iterable[int]) -> None:
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
        """Which pairs had a gate, or a SWAP, that everything since then commutes with."""
        for axis, place in zip(op.kind.axes, op.qubits, strict=True):
            if axis == "-" or axis != self.axis[place]:
                self.met[place] = self.met[:, place] = False
            self.axis[place] = axis
            self.swapped[place] = op.gate == "swap"
        self.met[op.qubits[0], op.qubits[-1]] = self.met[op.qubits[-1], op.qubits[0]] = True

    def _force(self) -> None:
        """Takes the closest waiting pair together along a shortest path, whatever it costs."""
        gates = {g for q in np.flatnonzero(self.waiting.front) for g in self.waiting.ready(int(q))}
        gate = min(sorted(gates), key=self._apart)
        p, q = self.program.operations[gate].qubits
        while self._apart(gate) > 1:
            here, goal = int(self.position[p]), int(self.position[q])
            step = min(self.neighbours[here], key=lambda place: int(self.distances[place, goal]))
            self._swap(here, step)

    def _apart(self, gate: int) -> int:
        a, b = self.position[list(self.program.operations[gate].qubits)]
        return int(self.distances[a, b])
