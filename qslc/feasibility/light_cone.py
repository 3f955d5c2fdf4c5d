"""Estimate what is left of readouts where mixed states are too large: by their light cones."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.circuit import NoisyCircuit

Array = NDArray[np.float64]

REST = 0.26
"""Part of the signal that is lost which a factor and an offset for each readout do not bring back:
the median of 18 random layers of 4 to 7 qubits on three chips, on mixed states."""


def estimate_signals(circuit: NoisyCircuit) -> Array:
    """Estimate what is left of the signal of each observable: (M,).

    An observable is carried back through the circuit. Each error that acts on qubits that it has
    reached keeps of it the mean over all Pauli strings on these, as if gates had made each of them
    as likely; coherent errors count as if they were random.
    """
    reached = circuit.readings[:, :, 1:].any(axis=2)
    gains = np.abs(circuit.readings[:, :, 1:]).sum(axis=2)
    signals: Array = np.asarray(np.prod(np.where(reached, gains, 1.0), axis=1))
    for step in reversed(circuit.steps):
        on = list(step.qubits)
        if not step.error:
            reached[:, on] |= reached[:, on].any(axis=1, keepdims=True)
            continue
        assert step.transfer is not None  # noqa: S101 - errors have no symbols
        kept = step.transfer.diagonal().reshape((4,) * len(on))
        if len(on) == 1:
            factors = np.where(reached[:, on[0]], kept.mean(), 1.0)
        else:
            cases = np.array([[1.0, kept[0].mean()], [kept[:, 0].mean(), kept.mean()]])
            first, second = reached[:, on].T.astype(int)
            factors = cases[first, second]
        signals = signals * factors
    return signals
