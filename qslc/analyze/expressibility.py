"""Expressibility: how close random states of the circuit come to random states.

Sim, Johnson and Aspuru-Guzik 2019, arXiv:1905.10876, equation 6: the Kullback-Leibler divergence,
in nats, of the distribution of fidelities of pairs of states from that of Haar-random states.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc

from qslc.analyze.initialisations import INITIALISATIONS
from qslc.analyze.simulation import Array, Points, states
from qslc.analyze.starts import Case

BINS = 75
"""Of equal width on [0, 1], as in the paper."""

RESOLVED = 0.9
"""The part of random states' fidelities that the first bin may hold."""


@dataclass(frozen=True, slots=True)
class Expressibility:
    """The divergence and what it was computed from.

    Args:
        divergence: in nats, the estimated bias subtracted; 0 is Haar-random.
        interval: its 95 % interval, by the bootstrap.
        bias: (occupied bins - 1) / (2 pairs), by how much a histogram of few samples exceeds the
            divergence on average (Miller 1955).
        real_divergence: from real random states (the orthogonal group), if all states are real.
        ceiling: the largest value that the measure can take: of a circuit without parameters.
        histogram: the fraction of fidelities in each bin.
        haar: the same of Haar-random states.
        resolved: whether the bins tell random states from others: in high dimensions nearly all
            fidelities are so small that they share one bin.
        pairs: how many fidelities.
    """

    divergence: float
    interval: tuple[float, float]
    bias: float
    real_divergence: float | None
    ceiling: float
    histogram: tuple[float, ...]
    haar: tuple[float, ...]
    resolved: bool
    pairs: int


def expressibility(case: Case, pairs: int, rng: np.random.Generator) -> Expressibility:
    """Of uniform angles in [0, 2 pi); both states of a pair have the same start."""
    fidelity, real = _fidelities(case, pairs, rng)
    counts = np.histogram(fidelity, bins=BINS, range=(0.0, 1.0))[0]
    haar = haar_fractions(1 << case.program.qubits)
    fractions = counts / pairs
    resampled = rng.multinomial(pairs, fractions, size=200)
    bias = (np.count_nonzero(counts) - 1) / (2 * pairs)
    spread = [_divergence(row / pairs, haar) - _bias(row) for row in resampled]
    centre = max(0.0, _divergence(fractions, haar) - bias)
    # The bootstrap's own bias equals the one subtracted: it is taken off once more.
    low, high = np.quantile(spread, (0.025, 0.975)) - (np.mean(spread) - centre)
    orthogonal = haar_fractions(1 << case.program.qubits, real=True)
    return Expressibility(
        divergence=centre,
        interval=(max(0.0, float(low)), max(0.0, float(high))),
        bias=bias,
        real_divergence=max(0.0, _divergence(fractions, orthogonal) - bias) if real else None,
        ceiling=float(-np.log(haar[-1])),
        histogram=tuple(fractions.tolist()),
        haar=tuple(haar.tolist()),
        resolved=bool(haar[0] < RESOLVED),
        pairs=pairs,
    )


def haar_fractions(dimension: int, *, real: bool = False) -> Array:
    """The probability of each bin for the fidelity of two random states of a dimension d.

    The fidelity has the distribution Beta(1, d - 1), and Beta(1/2, (d - 1) / 2) for real states.
    """
    scale = 0.5 if real else 1.0
    edges = np.linspace(0.0, 1.0, BINS + 1)
    # Upper tails, computed from the other end: far from 0 they are tiny but not 0.
    tails = betainc(scale * (dimension - 1), scale, 1.0 - edges)
    fractions: Array = np.maximum(tails[:-1] - tails[1:], np.finfo(float).tiny)
    return fractions


def _fidelities(case: Case, pairs: int, rng: np.random.Generator) -> tuple[Array, bool]:
    first, second = (INITIALISATIONS["uniform"](case.program, pairs, rng) for _ in range(2))
    points = case.points(first, rng)
    one = states(case.program, points)
    other = states(case.program, Points(second, points.inputs, points.start))
    overlaps = np.einsum("as,as->s", one.conj(), other)
    return np.minimum(np.abs(overlaps) ** 2, 1.0), not np.iscomplexobj(overlaps)


def _divergence(fractions: Array, reference: Array) -> float:
    seen = fractions > 0
    return float(np.sum(fractions[seen] * np.log(fractions[seen] / reference[seen])))


def _bias(counts: Array) -> float:
    return float((np.count_nonzero(counts) - 1) / (2 * counts.sum()))
