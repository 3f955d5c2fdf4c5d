"""Whether steps are applied one by one, or as the one matrix that they make."""

from __future__ import annotations

from collections.abc import Sequence

from qslc.simulate.steps import Block, Circuit, Parity, Permutation, Phase, Step

MAX_QUBITS = 8
"""At 8 qubits the matrix costs what 256 tokens cost, and even one token waits for it."""

PASS = 64
"""A pass over the state takes as long as so many operations for each amplitude."""


def joined(steps: Sequence[Step], qubits: int) -> tuple[Step, ...]:
    """Steps as one matrix, if that is faster.

    Args:
        steps: behind everything that differs from token to token, up to the measurement.
        qubits: of the state.
    """
    parts = tuple(s for s in steps if isinstance(s, Block | Permutation | Parity | Phase))
    separate = sum(map(_per_amplitude, parts))
    if qubits <= MAX_QUBITS and len(parts) > 1 and 2 * 2**qubits < separate:
        return (Circuit(parts),)
    return tuple(steps)


def _per_amplitude(step: Step) -> int:
    products = 2 * 2 ** len(step.words) if isinstance(step, Block) else 0
    return int(products + PASS)
