"""Simulate the readouts of a circuit at drawn angles, ideal and under the errors of a device.

For circuits whose angles depend on each other, as those of QAOA and of Trotter steps: means over
independent angles (``qslc.feasibility.averages``) are not theirs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from qslc.feasibility.correction import Correction
from qslc.feasibility.prediction import Layer, Run, read
from qslc.ir.program import Operation

Array = NDArray[np.float64]

MOST_QUBITS = 8
"""Qubits up to which circuits are simulated at drawn angles."""

FEW, MANY = 2**20, 2**22
"""Pauli coefficients of all draws together, where many circuits are compared at the same angles and
where one is forecast: 16 and 64 draws of 8 qubits."""

_DRAWS = 512
"""Draws at most."""


def have_dependent_angles(operations: Iterable[Operation]) -> bool:
    """Tell whether a symbol is in the angles of several operations."""
    angles = (op.angle for op in operations if op.angle is not None)
    counts = Counter(symbol for angle in angles for symbol in angle.free_symbols)
    return any(count > 1 for count in counts.values())


def count_draws(qubits: int, numbers: int = FEW) -> int:
    """Return the number of draws of a circuit; 0 where it is too large to be simulated."""
    return min(_DRAWS, numbers >> 2 * qubits) if qubits <= MOST_QUBITS else 0


def simulate_draws(run: Run, draws: int, seed: int = 0) -> tuple[Array, Array]:
    """Simulate readouts at drawn angles, each symbol uniform from -pi to pi.

    Runs with the same symbols have the same angles. An encoded vector is a random real one.

    Returns:
        Ideal and noisy readouts, (draws, M) each.
    """
    operations = [op for column in run.columns for op in column]
    rng = np.random.default_rng(seed)
    values, states = _draw_angles(operations, draws, rng), None
    if run.places:
        states = rng.normal(size=(draws, 1 << len(run.places)))
        states /= np.linalg.norm(states, axis=1, keepdims=True)
    layer = Layer(run.make_program(), values, states, draws)
    ideal = read(layer, run, Correction(), np.zeros(0), ()).means
    return ideal, read(layer, run, Correction(), ideal).means


def _draw_angles(
    operations: Iterable[Operation], draws: int, rng: np.random.Generator
) -> dict[str, Array]:
    angles = (op.angle for op in operations if op.angle is not None)
    names = sorted({str(symbol) for angle in angles for symbol in angle.free_symbols})
    return {name: rng.uniform(-np.pi, np.pi, draws) for name in names}
