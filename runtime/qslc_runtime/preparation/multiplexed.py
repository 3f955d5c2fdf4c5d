"""Prepare any real state exactly, by formula: uniformly controlled RY (Möttönen et al. 2005,
Quantum Inf. Comput. 5, 467; the last CZ of each left out as in Shende et al. 2006, IEEE TCAD 25,
1000)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qslc_runtime.preparation.encoding import Padding, encode_vectors


@dataclass(frozen=True)
class Rotation:
    """RY.

    Args:
        qubit: The qubit.
        angle: Number of its angle.

    Example:
        >>> from qslc_runtime.preparation import list_multiplexed_steps
        >>> next(list_multiplexed_steps(3))
        Rotation(qubit=0, angle=0)
    """

    qubit: int
    angle: int


@dataclass(frozen=True)
class Entangler:
    """CZ on two qubits, first < second; they need not be coupled.

    Example:
        >>> from qslc_runtime.preparation import Entangler, list_multiplexed_steps
        >>> sum(isinstance(step, Entangler) for step in list_multiplexed_steps(3))
        4
    """

    first: int
    second: int


def list_multiplexed_steps(qubits: int) -> Iterator[Rotation | Entangler]:
    """Yield the circuit: 2**qubits - 1 RY, angles numbered in this order, and
    2**qubits - qubits - 1 CZ.

    Each qubit is rotated by angles that the qubits before it control; from one angle to the next
    one control changes, in the order of a Gray code, in which near qubits change most often.
    """
    angle = 0
    for target in range(qubits):
        for number in range(1, (1 << target) + 1):
            yield Rotation(target, angle)
            angle += 1
            if number < 1 << target:
                changed = (number & -number).bit_length() - 1
                yield Entangler(target - 1 - changed, target)


def compute_multiplexed_angles(
    vectors: ArrayLike, qubits: int, padding: Padding = "zero"
) -> NDArray[np.float64]:
    """Compute the angles (tokens, 2**qubits - 1) in radians that prepare vectors exactly.

    Args:
        vectors: Real vectors (tokens, features).
        qubits: Number of qubits.
        padding: What stands beside the features: see ``encode_vectors``.

    Raises:
        ValueError: The vectors do not fit, or one has no state.
    """
    return compute_state_angles(encode_vectors(vectors, qubits, padding))


def compute_state_angles(states: NDArray[np.float64]) -> NDArray[np.float64]:
    """Compute the angles (tokens, 2**qubits - 1) in radians that prepare real states exactly.

    Args:
        states: Unit vectors (tokens, 2**qubits).
    """
    if not len(states):
        return np.zeros((0, states.shape[1] - 1))
    qubits = states.shape[1].bit_length() - 1
    amplitudes: NDArray[np.float64] = states * _collect_signs(qubits)
    angles: list[NDArray[np.float64]] = []
    for target in reversed(range(qubits)):
        pairs = amplitudes.reshape(len(states), 1 << target, 2)
        angles.insert(0, _spread(2 * np.arctan2(pairs[:, :, 1], pairs[:, :, 0])))
        amplitudes = np.asarray(np.hypot(pairs[:, :, 0], pairs[:, :, 1]))
    return np.concatenate(angles, axis=1)


def _collect_signs(qubits: int) -> NDArray[np.float64]:
    """Return the signs of what is left out: CZ of qubit 0 and each other qubit.

    They are diagonal, and qubits are only controls once they have been rotated, so all of them
    can stand behind the circuit: there the vector takes them in.
    """
    index = np.arange(1 << qubits)
    others = index & ((1 << qubits) // 2 - 1)
    ones = sum((others >> bit & 1 for bit in range(qubits)), 0 * index)
    return np.where(index != others, 1.0 - 2.0 * (ones & 1), 1.0)


def _spread(controlled: NDArray[Any]) -> NDArray[np.float64]:
    """Turn the angles of each setting of the controls (tokens, settings) into those of the RY.

    A Walsh-Hadamard transform, in the order of the Gray code.
    """
    tokens, settings = controlled.shape
    half = 1
    while half < settings:
        pairs = controlled.reshape(tokens, settings // (2 * half), 2, half)
        low, high = pairs[:, :, 0], pairs[:, :, 1]
        controlled = np.stack([low + high, low - high], axis=2).reshape(tokens, settings) / 2
        half *= 2
    number = np.arange(settings)
    return controlled[:, number ^ number >> 1]
