"""Entangling capability: how entangled the circuit's random states are.

The mean of the measure of Meyer and Wallach (2002, arXiv:quant-ph/0108104), in the form of Brennen
(2003, arXiv:quant-ph/0305094), over the angles: Sim et al. 2019, arXiv:1905.10876, equation 10.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qslc.analyze.initialisations import INITIALISATIONS
from qslc.analyze.simulation import Array, states
from qslc.analyze.starts import Case
from qslc.ir.state_vector import State


@dataclass(frozen=True, slots=True)
class Entanglement:
    """Mean and standard deviation of Q over random angles and starts; 0 product, 1 most entangled.

    ``before`` is the mean of the start states, ``haar`` the mean of Haar-random states,
    (d - 2) / (d + 1) for the dimension d.
    """

    mean: float
    deviation: float
    before: float
    haar: float


def entanglement(case: Case, samples: int, rng: np.random.Generator) -> Entanglement:
    """Of uniform angles in [0, 2 pi)."""
    qubits = case.program.qubits
    points = case.points(INITIALISATIONS["uniform"](case.program, samples, rng), rng)
    values = meyer_wallach(states(case.program, points), qubits)
    dimension = 1 << qubits
    return Entanglement(
        mean=float(values.mean()),
        deviation=float(values.std()),
        before=float(meyer_wallach(points.start, qubits).mean()),
        haar=(dimension - 2) / (dimension + 1),
    )


def meyer_wallach(states: State, qubits: int) -> Array:
    """Q = 2 (1 - mean over qubits of the purity of one qubit), of states (2**qubits, S): (S,)."""
    purities = [_purity(states, qubit) for qubit in range(qubits)]
    entropy: Array = 2.0 * (1.0 - np.mean(purities, axis=0))
    return np.clip(entropy, 0.0, 1.0)


def _purity(states: State, qubit: int) -> Array:
    parts = states.reshape(1 << qubit, 2, -1, states.shape[-1])
    reduced = np.einsum("aibs,ajbs->ijs", parts, parts.conj())
    purity: Array = np.sum(np.abs(reduced) ** 2, axis=(0, 1))
    return purity
