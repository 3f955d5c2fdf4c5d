"""Cut a program into its two-qubit gates and the segments of each qubit between them.

Averaged over angles, a rotation mixes squared Pauli coefficients (``qslc.feasibility.averages``).
What one-qubit gates do to them on the way from one two-qubit gate to the next is one matrix.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import sympy
from numpy.typing import NDArray

from qslc.feasibility.pulses import find_pulses
from qslc.feasibility.transfer import compute_gate_transfer, split_rotation
from qslc.ir.gates import find_gate
from qslc.ir.metrics import Moments
from qslc.ir.program import Operation

Array = NDArray[np.float64]
Ints = NDArray[np.intp]

_Y = np.array([False, False, True, False])
_YY = (_Y[:, None] ^ _Y).ravel()
ODD: Mapping[int, NDArray[np.bool_]] = {1: _Y[:, None] ^ _Y, 2: _YY[:, None] ^ _YY}
"""Entries of a transfer matrix between an even and an odd number of Y, by number of qubits."""


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """Two-qubit gates of a moment.

    Args:
        rows: Their numbers in the program.
        pairs: Positions of their qubits: (2, gates).
        before: Segments that end in them: (2, gates).
        after: Segments that start from them: (2, gates).
        squares: Matrices of mean squares: (gates, 16, 16).
        sources: Where they only permute strings, the string from which each comes: (gates, 16);
            otherwise None.
    """

    rows: slice
    pairs: Ints
    before: Ints
    after: Ints
    squares: Array
    sources: Ints | None


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """A program as levels of two-qubit gates, and segments of its qubits between them.

    A segment has stages: waiting, and then, as often as there are gates on the way, a gate and
    waiting again. Shorter ones are filled up with gates that do nothing.

    Args:
        columns: Moments of the program.
        qubits: Its qubits, in the order of positions.
        levels: Levels in order.
        place: Position of the qubit of each segment: (segments,).
        last: Segments at whose end the program ends: (qubits,).
        squares: Mean squares of each gate: (gates, segments, 4, 4).
        gates: Whether it has the error of one: (gates, segments).
        moments: Moments without and with a two-qubit gate that end in each stage:
            (2, stages, segments).
    """

    columns: Moments
    qubits: tuple[int, ...]
    levels: tuple[Level, ...]
    place: Ints
    last: Ints
    squares: Array
    gates: Array
    moments: Array

    @property
    def gate_count(self) -> int:
        """Number of two-qubit gates."""
        return sum(len(level.squares) for level in self.levels)

    def count_tail(self) -> Array:
        """Count the moments at the end of which a qubit decays and its Z is read unchanged.

        From the last gate on that turns it or takes it to other qubits.

        Returns:
            (2, qubits), without and with a two-qubit gate.
        """
        tail = np.zeros((2, len(self.last)))
        kept = {}
        for level in self.levels:
            keeps = np.stack([level.squares[:, 12, 12], level.squares[:, 3, 3]]) > 1 - 1e-9
            pairs = zip(level.after.flat, level.before.flat, keeps.flat, strict=True)
            kept.update({int(after): int(before) for after, before, keep in pairs if keep})
        unturned = self.squares[:, :, 3, 3] > 1 - 1e-9
        for position, segment in enumerate(self.last.tolist()):
            now: int | None = segment
            while now is not None:
                turned = np.flatnonzero(~unturned[:, now])
                first = turned[-1] + 1 if len(turned) else 0
                tail[:, position] += self.moments[:, first:, now].sum(axis=1)
                now = None if len(turned) else kept.get(now)
        return tail

    def multiply(self) -> Array:
        """Return the mean squares of whole segments: (segments, 4, 4)."""
        product = np.tile(np.eye(4), (len(self.place), 1, 1))
        for each in self.squares:
            product = each @ product
        return product


@dataclass
class _Growing:
    """A segment while the program is read: its gates, and the moments before and between them."""

    place: int
    squares: list[Array] = field(default_factory=list)
    real: list[bool] = field(default_factory=list)
    waits: list[list[int]] = field(default_factory=lambda: [[0, 0]])

    def add(self, op: Operation, *, real: bool) -> None:
        self.squares.append(square(op.gate, op.angle))
        self.real.append(real)
        self.waits.append([0, 0])


def cut(columns: Moments, qubits: Sequence[int], *, pulsed: bool = False) -> Segments:
    """Cut a program into levels and segments.

    Args:
        columns: Moments of the program.
        qubits: Qubits that hold a state.
        pulsed: Whether one-qubit gates of a moment are pulses (``qslc.feasibility.pulses``).
    """
    index = {qubit: i for i, qubit in enumerate(qubits)}
    segments = [_Growing(place) for place in range(len(index))]
    current = list(range(len(index)))
    levels: list[Level] = []
    gate_count = 0
    for column in columns:
        pairs = [op for op in column if len(op.qubits) == 2]
        acting = find_pulses(column) if pulsed else None
        for number, op in enumerate(column):
            if len(op.qubits) == 1:
                real = acting is None or number in acting
                segments[current[index[op.qubits[0]]]].add(op, real=real)
        if pairs:
            at = np.array([[index[q] for q in op.qubits] for op in pairs]).T
            before = np.array(current)[at]
            for place in at.ravel().tolist():
                current[place] = len(segments)
                segments.append(_Growing(place))
            levels.append(_make_level(gate_count, pairs, at, before, np.array(current)[at]))
            gate_count += len(pairs)
        if pairs or acting is None or acting:
            for segment in current:
                segments[segment].waits[-1][bool(pairs)] += 1
    return _stack(columns, qubits, levels, segments, current)


def _stack(
    columns: Moments,
    qubits: Sequence[int],
    levels: Sequence[Level],
    segments: Sequence[_Growing],
    last: Sequence[int],
) -> Segments:
    """Put the segments side by side, filled up to the same number of gates."""
    most = max((len(each.squares) for each in segments), default=0)
    squares = np.tile(np.eye(4), (most, len(segments), 1, 1))
    gates = np.zeros((most, len(segments)))
    moments = np.zeros((2, most + 1, len(segments)))
    for number, each in enumerate(segments):
        if each.squares:
            squares[: len(each.squares), number] = each.squares
            gates[: len(each.real), number] = each.real
        moments[:, : len(each.waits), number] = np.array(each.waits).T
    place = np.array([each.place for each in segments], np.intp)
    return Segments(
        columns,
        tuple(qubits),
        tuple(levels),
        place,
        np.array(last, np.intp),
        squares,
        gates,
        moments,
    )


def is_real(columns: Moments) -> bool:
    """Return whether all gates are real matrices, up to a phase.

    They keep the number of Y of a string even or odd, and a real state shows even ones alone.
    """
    return all(
        not square(op.gate, op.angle)[ODD[len(op.qubits)]].any()
        for column in columns
        for op in column
    )


@lru_cache(maxsize=1024)
def square(gate: str, angle: sympy.Expr | None) -> Array:
    """Return the mean squares (4**k, 4**k) of a gate: a string, a row, comes from others."""
    if angle is not None and angle.free_symbols:
        constant, cosine, sine = split_rotation(find_gate(gate).name)
        return np.asarray(constant**2 + (cosine**2 + sine**2) / 2)
    number = None if angle is None else float(angle)
    squares = compute_gate_transfer(find_gate(gate).name, number) ** 2
    return np.asarray(np.where(squares > 1e-12, squares, 0))


def _make_level(
    first: int, pairs: Sequence[Operation], at: Ints, before: Ints, after: Ints
) -> Level:
    squares = np.stack([square(op.gate, op.angle) for op in pairs])
    permute = bool(((squares > 0).sum(axis=2) == 1).all())
    rows = slice(first, first + len(pairs))
    return Level(rows, at, before, after, squares, squares.argmax(axis=2) if permute else None)
