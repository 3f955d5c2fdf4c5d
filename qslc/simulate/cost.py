"""Costs of a schedule, predicted from the circuit alone, and the choices made by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from typing_extensions import assert_never

from qslc.simulate import steps

FLOAT_BYTES = 4
WITH_GRADIENT = 4
"""Forward, forward again in the backward pass, gradients for states, gradients for matrices."""


_AMPLITUDES = 2**19
"""Amplitudes of a chunk: a real state of this size is 2 MiB and stays in a CPU's caches."""

_FEWEST, _MOST = 16, 4096
"""Tokens of a chunk."""

MAX_QUBITS = 8
"""Qubits of a circuit that is one matrix: there it costs what 256 tokens cost, and even one token
waits for it."""

PASS = 64
"""Operations for each amplitude that take as long as a pass over the state."""


@dataclass(frozen=True, slots=True)
class Cost:
    """For one token, forward.

    Args:
        operations: Additions and multiplications of floats.
        passes: How often the state is read and written as a whole.
        state_bytes: Of the state, at its largest.
    """

    operations: int
    passes: int
    state_bytes: int


def estimate_cost(sequence: Iterable[steps.Step], qubits: int, features: int) -> Cost:
    """Predict the cost of a schedule.

    Args:
        sequence: From the start of the state to the observables.
        qubits: Of the state.
        features: That are encoded as amplitudes, if they are.
    """
    operations, passes, real = 0, 0, True
    for step in sequence:
        operations += _count_operations(step, (1 << qubits), features, real=real)
        passes += 1
        real = real and step.real
    return Cost(operations, passes, FLOAT_BYTES * (1 << qubits) * (1 if real else 2))


def _count_operations(step: steps.Step, states: int, features: int, *, real: bool) -> int:
    parts = 1 if real else 2
    match step:
        case steps.Amplitudes(_, block):
            products = 2 * (1 << len(block.words)) * features if block else 0
            return 4 * features + products
        case steps.ProductState():
            return 2 * states * (1 if step.real else 4)
        case steps.Block():
            return 2 * (1 << len(step.words)) * states * parts * (1 if step.real else 2)
        case steps.Circuit():
            return 2 * states * states * parts * (1 if step.real else 2)
        case steps.Permutation():
            return 0
        case steps.Parity():
            return states * parts
        case steps.Phase():
            return states * (2 if real else 6)
        case steps.Measure():
            return (2 * len(step.observables) + 2 * parts) * states
    assert_never(step)


def choose_chunk_size(qubits: int) -> int:
    """Return the most tokens to simulate together: enough for long rows, few enough for caches."""
    return min(_MOST, max(_FEWEST, _AMPLITUDES >> qubits))


def join_steps(sequence: Sequence[steps.Step], qubits: int) -> tuple[steps.Step, ...]:
    """Join steps to the one matrix that they make, if that is faster.

    Args:
        sequence: Steps behind everything that differs from token to token, up to the measurement.
        qubits: Qubits of the state.
    """
    parts = tuple(step for step in sequence if isinstance(step, steps.Joinable))
    products = (2 * 2 ** len(step.words) for step in parts if isinstance(step, steps.Block))
    separate = sum(products) + PASS * len(parts)
    if qubits <= MAX_QUBITS and len(parts) > 1 and 2 * 2**qubits < separate:
        return (steps.Circuit(parts),)
    return tuple(sequence)
