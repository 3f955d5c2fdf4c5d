"""How many samples a figure can afford."""

from __future__ import annotations

from qslc.ir.program import Program

MAX_QUBITS = 12
"""Above this no state is simulated."""

MAX_ROTATIONS = 4000
"""Above this no proof of dead weights is tried: it compares every two rotations."""

WORK = 1_000_000_000
"""Amplitudes times gates of one figure: some ten seconds on one core."""

GRADIENT_WORK = WORK // 4
"""Of the gradients of one case, of which a figure compares several."""

FEWEST = 8


def affordable(program: Program, samples: int, copies: int = 1, work: int = WORK) -> int:
    """The samples asked for, or as many as the work allows.

    Args:
        program: that is simulated.
        samples: that are asked for.
        copies: how many states each sample takes through the circuit.
        work: amplitudes times gates.
    """
    each = (1 << program.qubits) * max(1, len(program.operations)) * copies
    return max(FEWEST, min(samples, work // each))


def gradient_copies(program: Program) -> int:
    """Of the adjoint method: the state there and back, and a dual for each observable."""
    return 3 * (len(program.observables) + 2)
