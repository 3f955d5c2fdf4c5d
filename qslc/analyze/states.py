"""Randomness and entanglement of the states that the circuit reaches.

Expressibility and entangling capability of Sim, Johnson and Aspuru-Guzik 2019, arXiv:1905.10876.
Angles are uniform in [0, 2 pi).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from scipy.special import betainc

from qslc.analyze.initialization import draw_uniform
from qslc.analyze.simulation import Array, compute_states
from qslc.analyze.subject import Case, Subject, limit_samples
from qslc.ir.matrices import State

BINS = 75
"""Bins of a histogram of fidelities, of equal width on [0, 1], as in the paper."""

RESOLVED = 0.9
"""The part of random states' fidelities that the first bin may hold."""


@dataclass(frozen=True, slots=True)
class Expressibility:
    """The divergence of a circuit's states from random states, and its histogram.

    Args:
        divergence: Kullback-Leibler divergence in nats, less its estimated bias; 0 is Haar-random.
        interval: 95 % interval of the divergence, by the bootstrap.
        bias: (occupied bins - 1) / (2 pairs), by how much a histogram of few samples exceeds the
            divergence on average (Miller 1955).
        real_divergence: Divergence from real random states (the orthogonal group), if all states
            are real.
        ceiling: Largest value that the measure can take: that of a circuit without parameters.
        histogram: Fraction of fidelities in each bin.
        haar: Fraction of the fidelities of Haar-random states in each bin.
        resolved: Whether the bins tell random states from others: in high dimensions nearly all
            fidelities are so small that they share one bin.
        pairs: Number of fidelities.
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


@dataclass(frozen=True, slots=True)
class Entanglement:
    """Meyer and Wallach's Q over random angles and starts; 0 product, 1 most entangled.

    Args:
        mean: Mean.
        deviation: Standard deviation.
        before: Mean over the start states.
        haar: Mean over Haar-random states, (d - 2) / (d + 1) for the dimension d.
    """

    mean: float
    deviation: float
    before: float
    haar: float


def compute_expressibility(subject: Subject) -> dict[str, Any]:
    """Return the figure "expressibility" as JSON values."""
    rng, samples = subject.make_rng("expressibility"), subject.settings.samples
    found = [
        {"ensemble": case.ensemble}
        | asdict(measure_expressibility(case, limit_samples(case.program, samples, 2), rng))
        for case in subject.cases
    ]
    return {"bins": BINS, "cases": found}


def compute_entanglement(subject: Subject) -> list[dict[str, Any]]:
    """Return the figure "entanglement" as JSON values."""
    rng, samples = subject.make_rng("entanglement"), subject.settings.samples
    return [
        {"ensemble": case.ensemble}
        | asdict(measure_entanglement(case, limit_samples(case.program, samples), rng))
        for case in subject.cases
    ]


def measure_expressibility(case: Case, pairs: int, rng: np.random.Generator) -> Expressibility:
    """Compare the fidelities of pairs of states with those of random states.

    Equation 6 of Sim et al.: the divergence of the distribution of fidelities from that of
    Haar-random states. Both states of a pair have the same start.
    """
    fidelity, real = _sample_fidelities(case, pairs, rng)
    counts = np.histogram(fidelity, bins=BINS, range=(0.0, 1.0))[0]
    haar = compute_haar_fractions(1 << case.program.qubits)
    fractions = counts / pairs
    resampled = rng.multinomial(pairs, fractions, size=200)
    bias = _estimate_bias(counts)
    spread = [_compute_divergence(row / pairs, haar) - _estimate_bias(row) for row in resampled]
    center = max(0.0, _compute_divergence(fractions, haar) - bias)
    # The bootstrap's own bias equals the one subtracted: it is taken off once more.
    low, high = np.quantile(spread, (0.025, 0.975)) - (np.mean(spread) - center)
    orthogonal = compute_haar_fractions(1 << case.program.qubits, real=True)
    return Expressibility(
        divergence=center,
        interval=(max(0.0, float(low)), max(0.0, float(high))),
        bias=bias,
        real_divergence=max(0.0, _compute_divergence(fractions, orthogonal) - bias)
        if real
        else None,
        ceiling=float(-np.log(haar[-1])),
        histogram=tuple(fractions.tolist()),
        haar=tuple(haar.tolist()),
        resolved=bool(haar[0] < RESOLVED),
        pairs=pairs,
    )


def compute_haar_fractions(dimension: int, *, real: bool = False) -> Array:
    """Return the probability of each bin for the fidelity of two random states of dimension d.

    The fidelity has the distribution Beta(1, d - 1), and Beta(1/2, (d - 1) / 2) for real states.
    """
    scale = 0.5 if real else 1.0
    edges = np.linspace(0.0, 1.0, BINS + 1)
    # Upper tails, computed from the other end: far from 0 they are tiny but not 0.
    tails = betainc(scale * (dimension - 1), scale, 1.0 - edges)
    fractions: Array = np.maximum(tails[:-1] - tails[1:], np.finfo(float).tiny)
    return fractions


def measure_entanglement(case: Case, samples: int, rng: np.random.Generator) -> Entanglement:
    """Average Meyer and Wallach's Q over random states: equation 10 of Sim et al."""
    qubits = case.program.qubits
    points = case.draw_points(draw_uniform(case.program, samples, rng), rng)
    values = measure_meyer_wallach(compute_states(case.program, points), qubits)
    dimension = 1 << qubits
    return Entanglement(
        mean=float(values.mean()),
        deviation=float(values.std()),
        before=float(measure_meyer_wallach(points.start, qubits).mean()),
        haar=(dimension - 2) / (dimension + 1),
    )


def measure_meyer_wallach(states: State, qubits: int) -> Array:
    """Return Q = 2 (1 - mean purity of one qubit) of states (2**qubits, S), shape (S,).

    Meyer and Wallach 2002, arXiv:quant-ph/0108104, in the form of Brennen 2003,
    arXiv:quant-ph/0305094.
    """
    purities = []
    for qubit in range(qubits):
        parts = states.reshape(1 << qubit, 2, -1, states.shape[-1])
        reduced = np.einsum("aibs,ajbs->ijs", parts, parts.conj())
        purities.append(np.sum(np.abs(reduced) ** 2, axis=(0, 1)))
    entropy: Array = 2.0 * (1.0 - np.mean(purities, axis=0))
    return np.clip(entropy, 0.0, 1.0)


def _sample_fidelities(case: Case, pairs: int, rng: np.random.Generator) -> tuple[Array, bool]:
    """Return the fidelities of pairs of states, and whether all states are real."""
    first, second = (draw_uniform(case.program, pairs, rng) for _ in range(2))
    points = case.draw_points(first, rng)
    one = compute_states(case.program, points)
    other = compute_states(case.program, replace(points, theta=second))
    overlaps = np.einsum("as,as->s", one.conj(), other)
    return np.minimum(np.abs(overlaps) ** 2, 1.0), not np.iscomplexobj(overlaps)


def _compute_divergence(fractions: Array, reference: Array) -> float:
    seen = fractions > 0
    return float(np.sum(fractions[seen] * np.log(fractions[seen] / reference[seen])))


def _estimate_bias(counts: Array) -> float:
    return float((np.count_nonzero(counts) - 1) / (2 * counts.sum()))
