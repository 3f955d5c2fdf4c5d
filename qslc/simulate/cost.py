"""What a schedule costs, predicted from the circuit alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from qslc.simulate.steps import (
    Amplitudes,
    Block,
    Circuit,
    Measure,
    Parity,
    Permutation,
    Phase,
    ProductState,
    Step,
)

FLOAT_BYTES = 4
WITH_GRADIENT = 4
"""Forward, forward again in the backward pass, gradients for states, gradients for matrices."""


@dataclass(frozen=True, slots=True)
class Cost:
    """For one token, forward.

    Args:
        operations: additions and multiplications of floats.
        passes: how often the state is read and written as a whole.
        state_bytes: of the state, at its largest.
    """

    operations: int
    passes: int
    state_bytes: int


def cost(steps: Iterable[Step], qubits: int, features: int) -> Cost:
    """The cost of a schedule.

    Args:
        steps: from the start of the state to the observables.
        qubits: of the state.
        features: that are encoded as amplitudes, if they are.
    """
    operations, passes, real = 0, 0, True
    for step in steps:
        operations += _operations(step, (1 << qubits), features, real=real)
        passes += 1
        real = real and step.real
    return Cost(operations, passes, FLOAT_BYTES * (1 << qubits) * (1 if real else 2))


def _operations(step: Step, states: int, features: int, *, real: bool) -> int:
    parts = 1 if real else 2
    match step:
        case Amplitudes(_, block):
            products = 2 * (1 << len(block.words)) * features if block else 0
            return 4 * features + products
        case ProductState():
            return 2 * states * (1 if step.real else 4)
        case Block():
            return 2 * (1 << len(step.words)) * states * parts * (1 if step.real else 2)
        case Circuit():
            return 2 * states * states * parts * (1 if step.real else 2)
        case Permutation():
            return 0
        case Parity():
            return states * parts
        case Phase():
            return states * (2 if real else 6)
        case Measure():
            return (2 * len(step.observables) + 2 * parts) * states
