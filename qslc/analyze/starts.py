"""The states before the ansatz, over which figures are averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from qslc.analyze.simulation import Array, Points
from qslc.ir.program import Program

Ensemble = Literal["zero", "features"]
"""|0...0> as in the literature, or random features through the spec's encoder."""


@dataclass(frozen=True, slots=True)
class Case:
    """A program with an ensemble of its inputs.

    Args:
        program: for "zero" without the encoder's gates.
        ensemble: see ``Ensemble``. Features are standard normal and independent.
        amplitudes: how many features are encoded in the amplitudes; 0 if none are.
        bias: whether the constant 1 follows them.
    """

    program: Program
    ensemble: Ensemble
    amplitudes: int = 0
    bias: bool = False

    def points(self, theta: Array, rng: np.random.Generator) -> Points:
        """A random input for each row of ``theta`` (S, P)."""
        count = len(theta)
        angles = rng.normal(size=(count, len(self.program.inputs)))
        return Points(theta, angles, self._start(count, rng))

    def _start(self, count: int, rng: np.random.Generator) -> Array:
        """Start states, shape (2**qubits, count)."""
        start = np.zeros((1 << self.program.qubits, count))
        if not self.amplitudes:
            start[0] = 1.0
            return start
        start[: self.amplitudes] = rng.normal(size=(self.amplitudes, count))
        if self.bias:
            start[self.amplitudes] = 1.0
        start /= np.linalg.norm(start, axis=0)
        return start
