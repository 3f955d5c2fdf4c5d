"""The states before the ansatz, over which figures are averaged."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from qslc.analyze.simulation import Array, Points
from qslc.ir.program import Program
from qslc.spec.encoders import Pad

Ensemble = Literal["zero", "features", "given"]
"""|0...0> as in the literature, or features through the spec's encoder: random or the user's."""


@dataclass(frozen=True, slots=True)
class Case:
    """A program with an ensemble of its inputs.

    Args:
        program: for "zero" without the encoder's gates.
        ensemble: see ``Ensemble``. Random features are standard normal and independent.
        amplitudes: how many features are encoded in the amplitudes; 0 if none are.
        pad: what the other amplitudes are, as in the spec's encoder.
        given: the user's features (N, features), each as likely as the others.
    """

    program: Program
    ensemble: Ensemble
    amplitudes: int = 0
    pad: Pad = "zero"
    given: Array | None = None

    @property
    def dimension(self) -> int:
        """Of the space of the vectors that are encoded in amplitudes; 0 if none are."""
        return self.amplitudes + (self.pad != "zero")

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
        return rng.normal(size=(count, self.amplitudes or len(self.program.inputs)))

    def _amplitudes(self, features: Array) -> Array:
        """Start states, shape (2**qubits, S)."""
        start = np.zeros((1 << self.program.qubits, len(features)))
        start[: self.amplitudes] = features.T
        if self.pad == "bias":
            start[self.amplitudes] = 1.0
        if self.pad == "reference":
            half = len(start) // 2
            start[half:] = np.linalg.norm(features, axis=1) / np.sqrt(half)
        start /= np.linalg.norm(start, axis=0)
        return start
