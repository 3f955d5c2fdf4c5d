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


def device_state(vector: np.ndarray, places: Sequence[int], qubits: int) -> np.ndarray:
    """A state of the device with a logical state on some of its qubits and |0> on the others.

    Args:
        vector: (2**n,), logical qubit 0 the most significant bit.
        places: for each logical qubit, its index among the device qubits, which are numbered from
            the most significant bit.
        qubits: of the device.

    Returns:
        (2**qubits,) complex64
    """
    logical = vector.reshape((2,) * len(places)).transpose(np.argsort(places))
    state = np.zeros((2,) * qubits, np.complex64)
    state[tuple(slice(None) if q in places else 0 for q in range(qubits))] = logical
    return state.reshape(-1)
