"""Gradients of measured expectations: by the parameter-shift rule, and by SPSA."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Protocol

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.engines.rotations import Polynomials
from qslc_runtime.engines.streams import Streams

Array = NDArray[np.float64]
Evaluate = Callable[[Array], Array]
"""Angles in radians (rows, A) to expectations (rows, M)."""

_TWO = ((math.pi / 2, 0.5), (-math.pi / 2, -0.5))
"""Shifts and factors for a gate exp(-i t P / 2) (Schuld et al. 2019, Phys. Rev. A 99, 032331)."""

_NEAR, _FAR = ((math.sqrt(2) + sign) / (4 * math.sqrt(2)) for sign in (1, -1))
_FOUR = (
    (math.pi / 2, _NEAR),
    (-math.pi / 2, -_NEAR),
    (3 * math.pi / 2, -_FAR),
    (-3 * math.pi / 2, _FAR),
)
"""The same for a controlled rotation (Anselmetti et al. 2021, New J. Phys. 23, 113010)."""


class Rule(Protocol):
    """A way to differentiate.

    Attributes:
        evaluations: Number of sets of angles that it measures for each token.
    """

    evaluations: int

    def differentiate(self, evaluate: Evaluate, variables: Array, upstream: Array) -> Array:
        """Return the derivatives by the variables: (tokens, V).

        Args:
            evaluate: The circuit.
            variables: (tokens, V)
            upstream: Derivatives by the expectations: (tokens, M).
        """


class ParameterShift:
    """The exact derivative, from shifts of each rotation of the circuit as it runs.

    Weights that several rotations share, and angles that passes have fused, follow by the chain
    rule.

    Args:
        gates: The gates whose angles ``polynomials`` gives, in their order.
        polynomials: The angles as polynomials in the variables.
        wanted: The number of variables, the first ones, to differentiate by.
    """

    def __init__(self, gates: Sequence[cirq.Gate], polynomials: Polynomials, wanted: int) -> None:
        self._polynomials, self._wanted = polynomials, wanted
        holds = (polynomials.factors < wanted).any(axis=1)
        moves = (polynomials.coefficients[holds] != 0).any(axis=0)
        shifts = [
            (angle, shift, factor)
            for angle, gate in enumerate(gates)
            if moves[angle]
            for shift, factor in (_FOUR if isinstance(gate, cirq.ControlledGate) else _TWO)
        ]
        self.evaluations = len(shifts)
        columns = np.array(shifts, np.float64).reshape(-1, 3)
        self._angles, self._factors = columns[:, 0].astype(int), columns[:, 2]
        self._shifts = np.zeros((len(shifts), len(gates)))
        self._shifts[np.arange(len(shifts)), self._angles] = columns[:, 1]

    def differentiate(self, evaluate: Evaluate, variables: Array, upstream: Array) -> Array:
        """Return the derivatives, as ``Rule`` says."""
        angles = self._polynomials(variables)
        tokens, count = angles.shape
        shifted = (angles[:, None] + self._shifts).reshape(-1, count)
        values = evaluate(shifted).reshape(tokens, self.evaluations, -1)
        terms = self._factors * np.einsum("tsm,tm->ts", values, upstream)
        slopes = np.zeros((tokens, count))
        np.add.at(slopes, (slice(None), self._angles), terms)
        derivatives = self._polynomials.pull_back(variables, slopes)
        derivatives[:, self._wanted :] = 0
        return derivatives


class Spsa:
    """An unbiased estimate to second order in the step, from two evaluations in all.

    All variables of a token are moved at once by plus or minus the step, at random, and back
    (Spall 1992, IEEE Trans. Autom. Control 37, 332).

    Args:
        polynomials: The angles as polynomials in the variables.
        wanted: The number of variables, the first ones, to differentiate by.
        step: The step, in radians.
        samples: Number of pairs of evaluations, of which the mean is taken.
        seed: Random seed.
    """

    def __init__(
        self, polynomials: Polynomials, wanted: int, *, step: float, samples: int, seed: int
    ) -> None:
        self._polynomials, self._wanted = polynomials, wanted
        self._step, self._samples = step, samples
        self._streams = Streams(seed)
        self.evaluations = 2 * samples

    def differentiate(self, evaluate: Evaluate, variables: Array, upstream: Array) -> Array:
        """Return the estimate, as ``Rule`` says."""
        tokens, count = variables.shape
        streams = self._streams.draw(variables.astype(np.float32), np.zeros(0, np.float32))
        signs = np.zeros((tokens, self._samples, count))
        for i, stream in enumerate(streams):
            drawn = stream.make_shots().integers(0, 2, (self._samples, self._wanted))
            signs[i, :, : self._wanted] = 2 * drawn - 1
        moved = np.stack([signs, -signs], axis=2) * self._step + variables[:, None, None]
        values = evaluate(self._polynomials(moved.reshape(-1, count)))
        values = values.reshape(tokens, self._samples, 2, -1)
        slopes = np.einsum("tsm,tm->ts", values[:, :, 0] - values[:, :, 1], upstream)
        return np.einsum("ts,tsv->tv", slopes, signs) / (2 * self._step * self._samples)
