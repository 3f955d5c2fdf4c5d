"""Search for angles in numpy, where there is no C compiler: the same steps as ``source/search.c``,
hundreds of times slower."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.preparation.brick import Brick
from qslc_runtime.preparation.problem import Problem
from qslc_runtime.preparation.simulation import rotate, simulate

Array = NDArray[np.float64]

DAMPING, EASE, TIGHTEN = 0.1, 1.5, 3.0
LEAST_DAMPING, MOST_DAMPING = 1e-9, 1e3
STALL, PATIENCE = 1e-2, 10
"""See ``source/search.c``."""


def find_angles(problem: Problem, states: Array) -> tuple[Array, Array]:
    """Find angles for states, one after the other.

    Args:
        problem: Where to start, and when to end.
        states: Unit vectors (tokens, 2**qubits).

    Returns:
        Angles (tokens, P) in radians and fidelities (tokens,).
    """
    angles = np.zeros((len(states), len(problem.brick.rotations)))
    fidelities = np.zeros(len(states))
    for token, state in enumerate(states):
        angles[token], fidelities[token] = _find_best(problem, state)
    return angles, fidelities


def _find_best(problem: Problem, state: Array) -> tuple[Array, float]:
    starts = list(problem.starts)
    if len(problem.bank.angles):
        nearest = np.abs(problem.bank.states @ state).argmax()
        starts.insert(0, problem.bank.angles[nearest])
    best, most = starts[0], -1.0
    for start in starts:
        angles, fidelity, state = _climb(problem, state, start)
        if fidelity > most:
            best, most = angles, fidelity
        if most >= problem.fidelity:
            break
    return best, most


def _climb(problem: Problem, state: Array, angles: Array) -> tuple[Array, float, Array]:
    """Climb from angles; returns the state too, or its negative, whichever was nearer."""
    overlap = _overlap(problem.brick, angles, state)
    if overlap < 0:
        state, overlap = -state, -overlap
    enough, damping, before, moved = np.sqrt(problem.fidelity), DAMPING, [overlap], True
    for _ in range(problem.steps):
        if overlap >= enough or damping >= MOST_DAMPING or _has_stalled(before):
            break
        if moved:
            jacobian = _differentiate(problem.brick, angles)
            gram, gradient = jacobian @ jacobian.T, jacobian @ state
        damped = gram + damping * np.eye(len(gram))
        trial = angles + 2 * np.linalg.solve(damped, gradient)
        reached = _overlap(problem.brick, trial, state)
        moved = bool(reached > overlap)
        damping = max(damping / EASE, LEAST_DAMPING) if moved else damping * TIGHTEN
        if moved:
            angles, overlap = trial, reached
        before.append(overlap)
    return angles, overlap**2, state


def _has_stalled(overlaps: list[float]) -> bool:
    if len(overlaps) <= PATIENCE:
        return False
    last = overlaps[-1]
    return last - overlaps[-1 - PATIENCE] < STALL * (1 - last)


def _overlap(brick: Brick, angles: Array, state: Array) -> float:
    return float(simulate(brick, angles[None])[0] @ state)


def _differentiate(brick: Brick, angles: Array) -> Array:
    """Return the derivatives (P, 2**qubits) of the state for half of each angle."""
    cosines, sines, zero, one = np.cos(angles / 2), np.sin(angles / 2), np.zeros(()), np.ones(())
    rows = np.zeros((1, 1 << brick.qubits))
    rows[0, 0] = 1
    k = 0
    for flips, stage in zip(brick.flips, brick.stages, strict=True):
        rows = rows * flips
        for qubit in stage:
            rows = rotate(rows, qubit, cosines[k], sines[k])
            rows = np.concatenate([rows, rotate(rows[:1], qubit, zero, one)])
            k += 1
    return rows[1:]
