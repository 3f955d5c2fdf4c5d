"""Verify that a compiled program measures what the logical one does, at random points."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from qslc.ir.metrics import find_used_qubits
from qslc.ir.program import Placement, Program, rename_qubits
from qslc.ir.steps import Verification
from qslc.verify.operators import compute_operator_deviation
from qslc.verify.state_vector import compute_state_vector_deviation

MAX_SIMULATED_QUBITS = 12
"""Number of qubits up to which states are simulated: 4096 amplitudes."""

SIMULATED_POINTS = 4
"""Number of random angles; at each one unequal programs differ with probability 1."""

CLIFFORD_POINTS = 16
"""More, as at every second Clifford point a rotation does not show the sign of its angle."""

TOLERANCE = 1e-8
"""Largest deviation of an expectation that is taken for rounding."""


def verify(logical: Program, physical: Program, placement: Placement, seed: int) -> Verification:
    """Compare every observable of two programs.

    Up to ``MAX_SIMULATED_QUBITS`` the expectations are compared, by exact simulation at random
    angles and random real input vectors. Beyond, the observables themselves, carried back to the
    input at random Clifford angles: if they are equal operators, all expectations are equal.

    Args:
        logical: Program of the spec.
        physical: Program on device qubits, of which those where nothing is placed start in |0>.
        placement: Where each logical qubit starts.
        seed: Random seed of the points.

    Raises:
        InputError: The program has too many qubits for the one and too many non-Clifford
            constants for the other.
    """
    logical, physical, places = _drop_idle(logical, physical, placement)
    small = max(logical.qubits, physical.qubits) <= MAX_SIMULATED_QUBITS
    compare = compute_state_vector_deviation if small else compute_operator_deviation
    points = SIMULATED_POINTS if small else CLIFFORD_POINTS
    deviation = compare(logical, physical, places, points, np.random.default_rng(seed))
    return Verification(
        method="state vector" if small else "stabilizer (Heisenberg picture)",
        points=points,
        max_deviation=deviation,
        verdict="equal" if deviation <= TOLERANCE else "different",
    )


def _drop_idle(
    logical: Program, physical: Program, placement: Placement
) -> tuple[Program, Program, tuple[int, ...]]:
    """Return the programs without idle qubits, and where the first's qubits are in the second."""
    acting = range(logical.qubits) if logical.start == "any" else find_used_qubits(logical)
    starts = [placement.start[qubit] for qubit in acting]
    present = sorted({*find_used_qubits(physical), *starts})
    places = tuple(present.index(qubit) for qubit in starts)
    return _keep(logical, acting), _keep(physical, present), places


def _keep(program: Program, qubits: Sequence[int]) -> Program:
    """Return the program on some qubits that hold all its gates and observables."""
    return rename_qubits(program, {qubit: i for i, qubit in enumerate(qubits)}, len(qubits))
