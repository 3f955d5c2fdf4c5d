"""The states before the ansatz, over which figures are averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from qslc.analyze.simulation import Array, Points
from qslc.ir.program import Program
from qslc.spec.encoders import NO_INPUTS, Inputs

Ensemble = Literal["zero", "features", "given"]
"""|0...0> as in the literature, or features through the spec's encoder: random or the user's."""


@dataclass(frozen=True, slots=True)
class Case:
    """A program with an ensemble of its inputs.

    Args:
        program: for "zero" without the encoder's gates.
        ensemble: see ``Ensemble``. Random features are standard normal and independent.
        inputs: what the circuit takes; nothing for "zero".
        given: the user's features (N, features), each as likely as the others.
    """

    program: Program
    ensemble: Ensemble
    inputs: Inputs = NO_INPUTS
    given: Array | None = None

    @property
    def amplitudes(self) -> int:
        """How many features are amplitudes."""
        return self.inputs.features if self.inputs.are_amplitudes else 0

    @property
    def dimension(self) -> int:
        """The dimension of the space of the encoded vectors; 0 if no features are amplitudes."""
        inputs = self.inputs
        return self.amplitudes + (inputs.bias or inputs.reference)

    def points(self, theta: Array, rng: np.random.Generator) -> Points:
        """A random input for each row of ``theta`` (S, P)."""
        features = self._features(len(theta), rng)
        if self.amplitudes:
            return Points(theta, features[:, :0], self._amplitudes(features))
        start = np.zeros((1 << self.program.qubits, len(theta)))
        start[0] = 1.0
        return Points(theta, features, start)

    def _features(self, count: int, rng: np.random.Generator) -> Array:
        if self.given is not None:
            return self.given[rng.integers(0, len(self.given), count)]
        return rng.normal(size=(count, self.inputs.features))

    def _amplitudes(self, features: Array) -> Array:
        """Start states, shape (2**qubits, S)."""
        start = np.zeros((1 << self.program.qubits, len(features)))
        start[: self.amplitudes] = features.T
        if self.inputs.bias:
            start[self.amplitudes] = 1.0
        if self.inputs.reference:
            half = len(start) // 2
            start[half:] = np.linalg.norm(features, axis=1) / np.sqrt(half)
        start /= np.linalg.norm(start, axis=0)
        return start
