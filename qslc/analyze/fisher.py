"""How many directions the weights have: ranks of Fisher matrices and the effective dimension.

Abbas et al. 2021, arXiv:2011.00027; Haug, Bharti and Kim 2021, arXiv:2102.01659.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr

from qslc.analyze.initialisations import INITIALISATIONS
from qslc.analyze.simulation import Array, Points, jacobian, tangents
from qslc.analyze.starts import Case

TOLERANCE = 1e-7
"""Singular values below this part of the largest are rounding."""

DATA_SIZES = (1_000, 10_000, 100_000, 1_000_000)
INPUTS = 32
"""Random inputs that the classical Fisher matrix of one point averages over."""


@dataclass(frozen=True, slots=True)
class Directions:
    """The weights as directions of the layer's function.

    Args:
        weights: P.
        rank: of the derivatives of all outputs on ``INPUTS`` inputs at a random point: how many
            combinations of weights change the function.
        quantum_rank: the same of the final state: rank of the quantum Fisher matrix. None if the
            circuit is too large.
        spare: weights that can be fixed at any value near the point and lose no direction.
        spectrum: eigenvalues of the Fisher matrix, averaged over points and divided by their mean.
        effective: normalised effective dimension d / P for each of ``DATA_SIZES``.
    """

    weights: int
    rank: int
    quantum_rank: int | None
    spare: tuple[str, ...]
    spectrum: tuple[float, ...]
    effective: tuple[float, ...]


def directions(
    case: Case, samples: int, rng: np.random.Generator, *, quantum: bool = True
) -> Directions:
    """Of uniform angles in [0, 2 pi), at ``samples`` points.

    Expectations are taken as the means of outputs with Gaussian noise of variance 1, so that the
    Fisher matrix of an input is J^T J with the Jacobian J of the outputs.
    """
    program = case.program
    slopes = _slopes(case, samples, rng)
    rank, spare = _rank(slopes[0])
    fisher = np.einsum("srk,srl->skl", slopes, slopes) / INPUTS
    spectrum = np.linalg.eigvalsh(fisher.mean(axis=0))[::-1]
    scale = spectrum.mean()
    return Directions(
        weights=len(program.weights),
        rank=rank,
        quantum_rank=_quantum_rank(case, rng) if quantum else None,
        spare=tuple(program.weights[k] for k in sorted(spare)),
        spectrum=tuple((np.maximum(spectrum, 0.0) / scale).tolist() if scale > 0 else ()),
        effective=effective_dimension(fisher),
    )


def effective_dimension(fisher: Array, sizes: tuple[int, ...] = DATA_SIZES) -> tuple[float, ...]:
    """The normalised effective dimension, between 0 and 1, for each size n of the data.

    Abbas et al. 2021, equation 2, with gamma = 1, over points drawn from the parameter space.

    Args:
        fisher: (S, P, P), the Fisher matrix at each point.
        sizes: n.
    """
    count = fisher.shape[-1]
    trace = np.trace(fisher, axis1=1, axis2=2).mean()
    if trace <= 0:
        return tuple(0.0 for _ in sizes)
    eigenvalues = np.linalg.eigvalsh(fisher * (count / trace)).clip(0.0)
    return tuple(_dimension(eigenvalues, n / (2 * np.pi * np.log(n))) / count for n in sizes)


def _dimension(eigenvalues: Array, kappa: float) -> float:
    half = 0.5 * np.log1p(kappa * eigenvalues).sum(axis=1)
    peak = half.max()
    return float(2 * (peak + np.log(np.exp(half - peak).mean())) / np.log(kappa))


def _slopes(case: Case, samples: int, rng: np.random.Generator) -> Array:
    """Jacobians over outputs and inputs, shape (samples, INPUTS * M, P)."""
    theta = INITIALISATIONS["uniform"](case.program, samples, rng)
    points = case.points(np.repeat(theta, INPUTS, axis=0), rng)
    return jacobian(case.program, points).reshape(samples, -1, theta.shape[1])


def _rank(slopes: Array) -> tuple[int, list[int]]:
    """The rank of a matrix, and the columns that a pivoted QR decomposition leaves over."""
    triangle, order = qr(slopes, mode="r", pivoting=True)
    sizes = np.abs(np.diag(triangle))
    rank = int(np.sum(sizes > TOLERANCE * max(sizes.max(initial=0.0), TOLERANCE)))
    return rank, order[rank:].tolist()


def _quantum_rank(case: Case, rng: np.random.Generator) -> int:
    """The rank of the quantum Fisher matrix of one random start at one random point."""
    theta = INITIALISATIONS["uniform"](case.program, 1, rng)
    points: Points = case.points(theta, rng)
    state, tangent = tangents(case.program, points)
    psi, moves = state[:, 0], tangent[:, :, 0]
    moves = moves - np.outer(psi, psi.conj() @ moves)
    return _rank(np.concatenate([moves.real, moves.imag]))[0]
