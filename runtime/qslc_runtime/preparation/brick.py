"""Bricks: circuits of RY between levels of CZ, whose states are real."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Pair = tuple[int, int]
Level = tuple[Pair, ...]

MOST_QUBITS = 12
"""Largest brick: one vector of 12 qubits takes 0.5 GB of memory and minutes."""


@dataclass(frozen=True)
class Brick:
    """A circuit that prepares real states from |0...0>.

    RY on every qubit, and then, level by level, CZ on the pairs of the level and RY on the qubits
    of these pairs. The RY of a qubit that a level leaves alone would add to the one before it, so
    there is none. Angles are numbered in the order of the circuit: first those of all qubits, then
    level by level, within a level by qubit. Qubit 0 is the most significant bit of the index of an
    amplitude.

    Any real state of n qubits has 2**n - 1 parameters, and a brick has n + 2 for each CZ, of which
    one for each CZ of the first level changes nothing. CZ stands for every native gate that is
    CZ up to gates on one qubit (CNOT, ECR): they need as many. A sqrt-iSWAP is not; a CZ is two.

    Args:
        qubits: Number of qubits.
        levels: Pairs of qubits of each level, in which no qubit occurs twice.

    Raises:
        ValueError: A level has a qubit twice or that does not exist, or there are too many qubits.

    Example:
        >>> from qslc_runtime.preparation import Brick
        >>> brick = Brick(3, levels=(((0, 1),), ((1, 2),)))
        >>> len(brick.rotations)  # three, and two more for each CZ
        7
    """

    qubits: int
    levels: tuple[Level, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.qubits <= MOST_QUBITS:
            raise ValueError(f"a brick has 1 to {MOST_QUBITS} qubits, not {self.qubits}")
        for number, level in enumerate(self.levels):
            qubits = [qubit for pair in level for qubit in pair]
            if not all(0 <= qubit < self.qubits for qubit in qubits):
                raise ValueError(
                    f"level {number} has a qubit that is not one of 0 to {self.qubits - 1}: {level}"
                )
            if len(set(qubits)) < len(qubits):
                raise ValueError(f"level {number} has a qubit twice: {level}")

    @property
    def gates(self) -> int:
        """Number of CZ."""
        return sum(map(len, self.levels))

    @cached_property
    def stages(self) -> tuple[tuple[int, ...], ...]:
        """The qubits that are rotated: before the first level, and after each."""
        behind = [sorted(qubit for pair in level for qubit in pair) for level in self.levels]
        return (tuple(range(self.qubits)), *map(tuple, behind))

    @cached_property
    def rotations(self) -> tuple[int, ...]:
        """The qubit of each angle, P in number."""
        return tuple(qubit for stage in self.stages for qubit in stage)

    @cached_property
    def signs(self) -> NDArray[np.int8]:
        """Signs (levels + 1, 2**qubits) that the levels up to one together give the amplitudes."""
        index = np.arange(1 << self.qubits)
        bits = [index >> (self.qubits - 1 - qubit) & 1 for qubit in range(self.qubits)]
        flips = [sum((bits[a] & bits[b] for a, b in level), 0 * index) for level in self.levels]
        total = np.cumsum([0 * index, *flips], axis=0)
        return np.asarray(1 - 2 * (total & 1), np.int8)

    @cached_property
    def flips(self) -> NDArray[np.int8]:
        """Signs (levels + 1, 2**qubits) that each level gives the amplitudes; the first are 1."""
        return np.asarray(np.concatenate([self.signs[:1], self.signs[1:] * self.signs[:-1]]))
