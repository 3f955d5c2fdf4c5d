"""Encoded vectors on device qubits."""

from __future__ import annotations

import re
from collections.abc import Sequence

import cirq
import numpy as np


def device_qubit(label: str) -> cirq.Qid:
    """The qubit that Cirq prints as ``label``: "q(3, 4)" or "q(3)"."""
    numbers = [int(number) for number in re.findall(r"-?\d+", label)]
    return cirq.GridQubit(*numbers) if len(numbers) == 2 else cirq.LineQubit(*numbers)


def device_states(vectors: np.ndarray, places: Sequence[int], qubits: int) -> np.ndarray:
    """States of the device with a logical state on some of its qubits and |0> on the others.

    Args:
        vectors: (tokens, 2**n), logical qubit 0 the most significant bit.
        places: for each logical qubit, its index among the device qubits, which are numbered from
            the most significant bit.
        qubits: of the device.

    Returns:
        (tokens, 2**qubits) complex64
    """
    axes = (0, *(1 + np.argsort(places)))
    logical = vectors.reshape((-1,) + (2,) * len(places)).transpose(axes)
    states = np.zeros((len(logical),) + (2,) * qubits, np.complex64)
    on_places = (slice(None) if q in places else 0 for q in range(qubits))
    states[(slice(None), *on_places)] = logical
    return states.reshape(len(logical), -1)
