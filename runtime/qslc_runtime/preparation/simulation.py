"""Simulate bricks with numpy."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qslc_runtime.preparation.brick import Brick


def simulate(brick: Brick, angles: ArrayLike) -> NDArray[np.float64]:
    """Simulate a brick on |0...0>.

    Args:
        brick: The circuit.
        angles: Angles (tokens, P) in radians.

    Returns:
        States (tokens, 2**qubits).
    """
    angles = np.asarray(angles, np.float64)
    states: NDArray[np.float64] = np.zeros((len(angles), 1 << brick.qubits))
    states[:, 0] = 1
    cosines, sines, k = np.cos(angles / 2), np.sin(angles / 2), 0
    for flips, stage in zip(brick.flips, brick.stages, strict=True):
        states = states * flips
        for qubit in stage:
            states = rotate(states, qubit, cosines[:, k], sines[:, k])
            k += 1
    return states


def rotate(
    states: NDArray[np.float64],
    qubit: int,
    cosines: NDArray[np.float64],
    sines: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Rotate a qubit of real states (tokens, 2**qubits) about Y.

    Args:
        states: The states.
        qubit: The qubit; 0 is the most significant bit.
        cosines: Cosines (tokens,), or (), of half the angles.
        sines: Sines likewise.
    """
    count, size = states.shape
    pairs = states.reshape(count, 1 << qubit, 2, size >> (qubit + 1))
    cosines, sines = (np.reshape(factor, (-1, 1, 1)) for factor in (cosines, sines))
    low, high = pairs[:, :, 0], pairs[:, :, 1]
    turned = (cosines * low - sines * high, sines * low + cosines * high)
    return np.asarray(np.stack(turned, axis=2).reshape(states.shape))


@lru_cache(maxsize=32)
def list_turned(brick: Brick) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
    """List what each rotation turns in a frame that moves with the signs of the levels.

    Returns:
        How far apart the amplitudes of a pair stand, (P,); and whether the pair of an amplitude is
        turned the other way, (P, 2**qubits).
    """
    index = np.arange(1 << brick.qubits)
    strides, turned = [], []
    for signs, stage in zip(brick.signs, brick.stages, strict=True):
        for qubit in stage:
            stride = 1 << (brick.qubits - 1 - qubit)
            strides.append(stride)
            turned.append(signs != signs[index ^ stride])
    return np.array(strides, np.int32), np.array(turned, np.uint8)


def normalize_angles(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """Move angles into [-pi, pi): a turn by 2 pi changes the global sign alone."""
    return np.asarray(angles - 2 * np.pi * np.floor(angles / (2 * np.pi) + 0.5))
