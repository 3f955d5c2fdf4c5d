"""Weights that count: proofs that some do not, ranks of Fisher matrices, effective dimension.

Abbas et al. 2021, arXiv:2011.00027; Haug, Bharti and Kim 2021, arXiv:2102.01659.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.linalg import qr

from qslc.analyze.initialization import draw_uniform
from qslc.analyze.simulation import Array, compute_jacobian, compute_tangents
from qslc.analyze.subject import (
    Case,
    Subject,
    count_gradient_copies,
    limit_gradient_samples,
    limit_samples,
)
from qslc.ir.program import Program
from qslc.pauli import tableau
from qslc.pauli.frame import Rotation, find_pauli_frame, keep_visible

MAX_ROTATIONS = 4000
"""Largest number of gates for which dead weights are proven: every two rotations are compared."""

MAX_TANGENTS = 1 << 19
"""Amplitudes of the derivatives of a state by all weights, at most."""

VANISHING = 1e-24
"""Variances and squared derivatives below this are rounding."""

TOLERANCE = 1e-7
"""Singular values below this part of the largest are rounding."""

DATA_SIZES = (1_000, 10_000, 100_000, 1_000_000)
"""Numbers of data for which the effective dimension is computed."""

INPUTS = 32
"""Random inputs that the classical Fisher matrix of one point averages over."""


@dataclass(frozen=True, slots=True)
class Directions:
    """The weights as directions of the layer's function.

    Args:
        weights: Number of weights P.
        rank: Rank of the derivatives of all outputs on ``INPUTS`` inputs at a random point: how
            many combinations of weights change the function.
        quantum_rank: Rank of the derivatives of the final state, that of the quantum Fisher matrix.
            None if the circuit is too large.
        spare: Weights that can be fixed at any value near the point and lose no direction.
        spectrum: Eigenvalues of the Fisher matrix, averaged over points, divided by their mean.
        effective: Normalized effective dimension d / P for each of ``DATA_SIZES``.
    """

    weights: int
    rank: int
    quantum_rank: int | None
    spare: tuple[str, ...]
    spectrum: tuple[float, ...]
    effective: tuple[float, ...]


def compute_proofs(subject: Subject) -> list[str] | None:
    """Return the figure "proven_dead" as JSON values; None where the circuit is too large."""
    program = subject.program
    if len(program.operations) > MAX_ROTATIONS:
        return None
    return list(prove_dead_weights(program))


def compute_weights(subject: Subject) -> dict[str, Any] | None:
    """Return the figure "weights" as JSON values; None without weights."""
    case, program = subject.own, subject.program
    if not program.weights:
        return None
    rng = subject.make_rng("weights")
    samples = min(64, limit_gradient_samples(program, subject.settings.samples))
    points = limit_samples(program, 32, INPUTS * count_gradient_copies(program))
    quantum = len(program.weights) << program.qubits <= MAX_TANGENTS
    return {
        "flat": list(find_flat_weights(case, samples, rng)),
        "points": points,
        "inputs": INPUTS,
        "data_sizes": list(DATA_SIZES),
        **asdict(measure_directions(case, points, rng, quantum=quantum)),
    }


def prove_dead_weights(program: Program) -> tuple[str, ...]:
    """List the weights whose every rotation can be left out, for all inputs and all angles.

    Two rules, until neither applies: a rotation that commutes with every later one and with every
    observable (the light cone, in the Pauli frame); and, on |0...0>, a rotation about a string of
    Z that commutes with every earlier one. Each is sound; together they need not find all.
    """
    frame = find_pauli_frame(program)
    kept: Sequence[Rotation] = frame.rotations
    while True:
        fewer = keep_visible(kept, frame.observables)
        if program.start == "zero":
            fewer = _drop_phases_of_zero(fewer)
        if len(fewer) == len(kept):
            break
        kept = fewer
    seen = {symbol.name for rotation in kept for symbol in rotation.angle.free_symbols}
    return tuple(name for name in program.weights if name not in seen)


def find_flat_weights(case: Case, samples: int, rng: np.random.Generator) -> tuple[str, ...]:
    """Find the weights whose derivatives are all 0, to rounding, at random angles and inputs."""
    theta = draw_uniform(case.program, samples, rng)
    size = np.abs(compute_jacobian(case.program, case.draw_points(theta, rng))).max(axis=(0, 1))
    return tuple(
        name for name, each in zip(case.program.weights, size, strict=True) if each**2 < VANISHING
    )


def measure_directions(
    case: Case, samples: int, rng: np.random.Generator, *, quantum: bool = True
) -> Directions:
    """Measure the directions of the weights at ``samples`` points of angles, uniform in [0, 2 pi).

    Expectations are taken as the means of outputs with Gaussian noise of variance 1, so that the
    Fisher matrix of an input is J^T J with the Jacobian J of the outputs.
    """
    program = case.program
    theta = draw_uniform(program, samples, rng)
    points = case.draw_points(np.repeat(theta, INPUTS, axis=0), rng)
    jacobians = compute_jacobian(program, points).reshape(samples, -1, len(program.weights))
    rank, spare = _find_rank(jacobians[0])
    fisher = np.einsum("srk,srl->skl", jacobians, jacobians) / INPUTS
    spectrum = np.linalg.eigvalsh(fisher.mean(axis=0))[::-1]
    scale = spectrum.mean()
    return Directions(
        weights=len(program.weights),
        rank=rank,
        quantum_rank=_find_quantum_rank(case, rng) if quantum else None,
        spare=tuple(program.weights[k] for k in sorted(spare)),
        spectrum=tuple((np.maximum(spectrum, 0.0) / scale).tolist() if scale > 0 else ()),
        effective=compute_effective_dimension(fisher),
    )


def compute_effective_dimension(
    fisher: Array, sizes: tuple[int, ...] = DATA_SIZES
) -> tuple[float, ...]:
    """Compute the normalized effective dimension, between 0 and 1, for each size n of the data.

    Abbas et al. 2021, equation 2, with gamma = 1, over points drawn from the parameter space.

    Args:
        fisher: Fisher matrix at each point, shape (S, P, P).
        sizes: Numbers of data n.
    """
    count = fisher.shape[-1]
    trace = np.trace(fisher, axis1=1, axis2=2).mean()
    if trace <= 0:
        return tuple(0.0 for _ in sizes)
    eigenvalues = np.linalg.eigvalsh(fisher * (count / trace)).clip(0.0)
    return tuple(_integrate(eigenvalues, n / (2 * np.pi * np.log(n))) / count for n in sizes)


def _integrate(eigenvalues: Array, kappa: float) -> float:
    half = 0.5 * np.log1p(kappa * eigenvalues).sum(axis=1)
    peak = half.max()
    return float(2 * (peak + np.log(np.exp(half - peak).mean())) / np.log(kappa))


def _drop_phases_of_zero(rotations: Sequence[Rotation]) -> list[Rotation]:
    """Drop the rotations that only give |0...0> a phase."""
    table = tableau.make_tableau(rotation.axis for rotation in rotations)
    earlier = 0
    kept = []
    for k, rotation in enumerate(rotations):
        diagonal = all(pauli == "Z" for _, pauli in rotation.axis.paulis)
        if not diagonal or tableau.find_anticommuting(table, rotation.axis.paulis) & earlier:
            kept.append(rotation)
            earlier |= 1 << k
    return kept


def _find_rank(matrix: Array) -> tuple[int, list[int]]:
    """Find the rank of a matrix, and the columns that a pivoted QR decomposition leaves over."""
    triangle, order = qr(matrix, mode="r", pivoting=True)
    sizes = np.abs(np.diag(triangle))
    rank = int(np.sum(sizes > TOLERANCE * max(sizes.max(initial=0.0), TOLERANCE)))
    return rank, order[rank:].tolist()


def _find_quantum_rank(case: Case, rng: np.random.Generator) -> int:
    """Find the rank of the quantum Fisher matrix of one random start at one random point."""
    theta = draw_uniform(case.program, 1, rng)
    state, tangent = compute_tangents(case.program, case.draw_points(theta, rng))
    psi, moves = state[:, 0], tangent[:, :, 0]
    moves = moves - np.outer(psi, psi.conj() @ moves)
    return _find_rank(np.concatenate([moves.real, moves.imag]))[0]
