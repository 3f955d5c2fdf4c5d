"""Carry observables back through a program along sampled paths of Pauli strings.

At quarter turns a program takes an observable to one Pauli string, and each channel on the way
keeps a part of it that depends on the letters there alone. Averaged over quarter turns, squared
readouts are those over all angles (``qslc.feasibility.averages``), so the mean over paths predicts
signals and errors of circuits that are too large to simulate, and says where a circuit is exposed.

A path counts as much as the initial state shows of the string on which it ends. Paths are drawn by
a product estimate of that, made on a way forward through the circuit, and weighted by what it
missed (importance sampling). They are drawn from gate to gate: between two gates on two qubits a
path has all letters, each as likely as it is.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.segments import Level, Segments, cut
from qslc.feasibility.transfer import LETTERS
from qslc.ir.metrics import Moments, pack_moments
from qslc.ir.program import PauliString, Program

Array = NDArray[np.float64]
Ints = NDArray[np.intp]
Letters = NDArray[np.uint8]

_GROUND = np.array([1.0, 0.0, 0.0, 1.0])
_GIVEN = np.array([1.0, 1.0, 1.0, 1.0])

_LEAST = 16
"""Paths of each observable at least."""


@dataclass(frozen=True, slots=True, eq=False)
class Paths:
    """Paths of observables from the end of a program to its start.

    Args:
        segments: The program.
        ends: Letters of ``IXYZ`` at the ends of each segment, four times that at the late end and
            that at the early one: (segments, paths).
        gates: Letters behind each two-qubit gate, in the order of levels, four times that of the
            first qubit and that of the second: (gates, paths).
        owner: Number of the observable of each path.
        weights: Part of each path in the mean of its observable; they sum to 1 for each.
        squares: Mean square of each ideal readout: (M,).
        shown: Estimated mean square of each letter at the end: (qubits, 4).
        visible: Estimated mean square of each string behind each two-qubit gate: (gates, 16).
    """

    segments: Segments
    ends: Letters
    gates: Letters
    owner: Ints
    weights: Array
    squares: Array
    shown: Array
    visible: Array

    @property
    def columns(self) -> Moments:
        """Moments of the program."""
        return self.segments.columns

    @property
    def qubits(self) -> tuple[int, ...]:
        """Qubits of the program, in the order of positions."""
        return self.segments.qubits

    @property
    def count(self) -> int:
        """Number of observables."""
        return len(self.squares)

    @property
    def strings(self) -> Letters:
        """Letters of each observable on each qubit: (qubits, M)."""
        return self.read[:, :: max(1, len(self.owner) // max(1, self.count))]

    @property
    def read(self) -> Letters:
        """Letters that are read, of each path on each qubit: (qubits, paths)."""
        return np.asarray(self.ends[self.segments.last] // 4, np.uint8)


def sample_program(program: Program, samples: int = 1024) -> Paths:
    """Sample paths of a program, the same wherever on a device it is.

    Args:
        program: Program.
        samples: Number of paths of all observables together; each has as many as the others.
    """
    columns = pack_moments(program)
    acted = (qubit for column in columns for op in column for qubit in op.qubits)
    read = (qubit for each in program.observables for qubit in each.qubits)
    qubits = tuple(dict.fromkeys((*acted, *read)))
    given = qubits if program.start == "any" else ()
    return sample_paths(columns, program.observables, qubits, given, samples)


def sample_paths(
    columns: Moments,
    observables: Sequence[PauliString],
    qubits: Sequence[int],
    given: Collection[int] = (),
    samples: int = 1024,
    seed: int = 0,
    *,
    pulsed: bool = False,
) -> Paths:
    """Sample paths of the observables of a program. The same arguments give the same paths.

    Args:
        columns: Moments of the program.
        observables: What is measured.
        qubits: Qubits that hold a state.
        given: Those of them that hold an encoded vector at the start, taken to be a random real
            one; the others are in |0>.
        samples: Number of paths of all observables together; each has as many as the others.
        seed: Random seed.
        pulsed: Whether one-qubit gates of a moment are pulses (``qslc.feasibility.pulses``).
    """
    segments = cut(columns, qubits, pulsed=pulsed)
    start = np.array([_GIVEN if qubit in given else _GROUND for qubit in segments.qubits])
    ahead = _look_ahead(segments, start.reshape(-1, 4))
    strings = _write_letters(observables, segments.qubits)
    each = max(_LEAST, samples // max(1, len(strings)))
    walk = _Walk(segments, ahead, strings, each, seed)
    walk.draw(segments.last)
    for number in reversed(range(len(segments.levels))):
        walk.cross(number)
    held = np.flatnonzero([qubit in given for qubit in segments.qubits])
    walk.weigh_start(held)
    weights, mean = _normalize(walk.log_weight)
    owner = np.repeat(np.arange(len(strings)), each)
    squares = np.exp(walk.log_squares) * mean
    ends = np.asarray(4 * walk.late + walk.early, np.uint8)
    return Paths(
        segments, ends, walk.gates, owner, weights.ravel(), squares, ahead.last, ahead.visible
    )


def _write_letters(observables: Sequence[PauliString], qubits: Sequence[int]) -> Letters:
    """Return the letters of observables on each qubit: (M, qubits)."""
    index = {qubit: i for i, qubit in enumerate(qubits)}
    letters = np.zeros((len(observables), len(qubits)), np.uint8)
    for row, observable in zip(letters, observables, strict=True):
        for qubit, letter in observable.paulis:
            row[index[qubit]] = LETTERS.index(letter)
    return letters


@dataclass(frozen=True, slots=True, eq=False)
class _Ahead:
    """Estimates of what the start shows of strings on their way, as products over qubits.

    Args:
        thresholds: Sums of the first one, two and three probabilities of the letter at the early
            end of each segment, by that at the late one: (3, segments * 4).
        last: Estimates at the end of the program: (qubits, 4).
        changes: Of each level, log of what products miss behind each gate: (gates, 16).
        joint: Of each level, estimates of both letters before each gate: (gates, 16).
        visible: Of all levels, those behind each gate: (gates, 16).
    """

    thresholds: Array
    last: Array
    changes: tuple[Array, ...]
    joint: tuple[Array, ...]
    visible: Array


def _look_ahead(segments: Segments, start: Array) -> _Ahead:
    """Estimate what the start shows of strings on a way through the program.

    Args:
        segments: The program.
        start: What the start shows of each letter: (qubits, 4).
    """
    whole = segments.multiply()
    early = np.empty((len(whole), 4))
    early[: len(start)] = start
    changes, joints, visible = [], [], [np.zeros((0, 16))]
    for level in segments.levels:
        late = whole[level.before] @ early[level.before][..., None]
        joint = (late[0] * late[1].transpose(0, 2, 1)).reshape(-1, 16)
        after = (level.squares @ joint[:, :, None])[:, :, 0]
        first, second = _split(after.reshape(-1, 4, 4))
        early[level.after] = first, second
        product = (first[:, :, None] * second[:, None, :]).reshape(-1, 16)
        missed = np.divide(after, product, out=np.zeros_like(after), where=product > 0)
        changes.append(_take_log(missed))
        joints.append(joint)
        visible.append(after)
    tables = whole * early[:, None, :]
    sums = np.cumsum(tables, axis=2)
    total = sums[:, :, 3:]
    sums = np.divide(sums[:, :, :3], total, out=np.ones_like(sums[:, :, :3]), where=total > 0)
    thresholds = np.moveaxis(sums, 2, 0).reshape(3, -1)
    last = total[segments.last, :, 0]
    return _Ahead(thresholds, last, tuple(changes), tuple(joints), np.concatenate(visible))


def _split(joint: Array) -> tuple[Array, Array]:
    """Split estimates (gates, 4, 4) of pairs of letters into those of each."""
    first, second = joint.sum(axis=2), joint.sum(axis=1)
    return first / 4, second / (first.sum(axis=1, keepdims=True) / 4)


def _take_log(values: Array) -> Array:
    return np.log(values, out=np.full_like(values, -np.inf), where=values > 0)


class _Walk:
    """Paths on their way back.

    Args:
        segments: The program.
        ahead: What is estimated of the way to the start.
        strings: Letters of the observables: (M, qubits).
        each: Number of paths of each.
        seed: Random seed.
    """

    def __init__(
        self, segments: Segments, ahead: _Ahead, strings: Letters, each: int, seed: int
    ) -> None:
        self.segments, self.ahead, self.each = segments, ahead, each
        self.seed, self.crossed = seed, 0
        paths, count = each * len(strings), len(segments.place)
        self.late = np.zeros((count, paths), np.uint8)
        self.early = np.zeros((count, paths), np.uint8)
        self.gates = np.zeros((segments.gate_count, paths), np.uint8)
        self.late[segments.last] = np.repeat(strings, each, axis=0).T
        shown = ahead.last[np.arange(strings.shape[1]), strings]
        self.log_squares = _take_log(shown).sum(axis=1)
        self.log_weight = np.zeros((len(strings), each))
        self.chances = _draw_chances(1 << (count - 1).bit_length(), paths, seed)

    def draw(self, rows: Ints) -> None:
        """Draw the letters at the early ends of segments."""
        at = 4 * rows[:, None] + self.late[rows]
        chances, early = self.chances[rows], np.zeros(at.shape, np.uint8)
        for limits in self.ahead.thresholds:
            early += chances > limits.take(at)
        self.early[rows] = early

    def cross(self, number: int) -> None:
        """Go back through a level, and the segments before it."""
        level, change = self.segments.levels[number], self.ahead.changes[number]
        first, second = self.early[level.after]
        code = 4 * first + second
        self.gates[level.rows] = code
        at = 16 * np.arange(len(code))[:, None] + code
        if level.sources is None:
            came = self._choose(level, self.ahead.joint[number], at)
        else:
            came = level.sources.astype(np.uint8).take(at)
        self.late[level.before] = came // 4, came % 4
        self.draw(level.before.ravel())
        if change.any():
            self.log_weight += change.take(at).sum(axis=0).reshape(self.log_weight.shape)
        self.crossed += len(code)
        if 2 * self.crossed >= len(self.segments.last):
            self.crossed = 0
            self._resample()

    def _choose(self, level: Level, joint: Array, at: Ints) -> Letters:
        """Draw the strings from which those behind the gates of a level come."""
        tables = level.squares * joint[:, None, :]
        sums = np.cumsum(tables, axis=2).reshape(-1, 16)
        total = sums[:, 15:]
        sums = np.divide(sums, total, out=np.ones_like(sums), where=total > 0)
        chances = _draw_chances(len(at), at.shape[1], self.seed + 1)[: len(at)]
        return np.asarray((sums[at, :15] < chances[:, :, None]).sum(axis=2), np.uint8)

    def _resample(self) -> None:
        """Choose which paths go on, where a few of an observable have most of its weight.

        Systematic resampling (Kitagawa 1996). The weights of those observables become equal, and
        their mean goes into ``log_squares``.
        """
        weights, means = _normalize(self.log_weight)
        poor = (1 / (weights**2).sum(axis=1) < self.each / 2) & (means > 0)
        if not poor.any():
            return
        # Rows that keep their paths have equal weights here, which choose each path once.
        equal = np.full(self.each, 1 / self.each)
        sums = np.cumsum(np.where(poor[:, None], weights, equal), axis=1)
        first = np.arange(len(weights))[:, None]
        points = (np.arange(self.each) + 0.5) / self.each + first
        order = np.searchsorted((sums + first).ravel(), points.ravel())
        order = np.minimum(order, self.each * (first + 1).repeat(self.each) - 1)
        self.log_squares[poor] += np.log(means[poor])
        self.log_weight[poor] = 0
        for rows in (self.late, self.early, self.gates):
            rows[:] = rows[:, order]

    def weigh_start(self, held: Ints) -> None:
        """Weigh the strings at the start by what an encoded vector on some qubits shows of them.

        A random real vector of size N has E[<P>**2] = 2 / (N + 2) for strings with an even number
        of Y, and 0 for the others.
        """
        if not len(held):
            return
        letters = self.early[held]
        log_weight = np.where((letters > 0).any(axis=0), np.log(2 / ((1 << len(held)) + 2)), 0)
        log_weight[(letters == 2).sum(axis=0) % 2 == 1] = -np.inf
        self.log_weight += log_weight.reshape(self.log_weight.shape)


@lru_cache(maxsize=4)
def _draw_chances(rows: int, paths: int, seed: int) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((rows, paths), np.float32)


def _normalize(log_weight: Array) -> tuple[Array, Array]:
    """Return weights (M, samples) that sum to 1 for each observable, and their means before."""
    top = log_weight.max(axis=1, keepdims=True)
    top = np.where(np.isfinite(top), top, 0)
    each = np.exp(log_weight - top)
    total = each.sum(axis=1, keepdims=True)
    weights = np.divide(each, total, out=np.full_like(each, 1 / each.shape[1]), where=total > 0)
    return weights, (np.exp(top) * total)[:, 0] / each.shape[1]
