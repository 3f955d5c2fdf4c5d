"""Costs of a schedule, predicted from the circuit alone, and the choices made by them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from typing_extensions import assert_never

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


def estimate_cost(steps: Iterable[Step], qubits: int, features: int) -> Cost:
    """Predict the cost of a schedule.

    Args:
        steps: From the start of the state to the observables.
        qubits: Of the state.
        features: That are encoded as amplitudes, if they are.
    """
    operations, passes, real = 0, 0, True
    for step in steps:
        operations += _count_operations(step, (1 << qubits), features, real=real)
        passes += 1
        real = real and step.real
    return Cost(operations, passes, FLOAT_BYTES * (1 << qubits) * (1 if real else 2))


def _count_operations(step: Step, states: int, features: int, *, real: bool) -> int:
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
    assert_never(step)


def choose_chunk_size(qubits: int) -> int:
    """Return the most tokens to simulate together: enough for long rows, few enough for caches."""
    return min(_MOST, max(_FEWEST, _AMPLITUDES >> qubits))


def join_steps(steps: Sequence[Step], qubits: int) -> tuple[Step, ...]:
    """Join steps to the one matrix that they make, if that is faster.

    Args:
        steps: Steps behind everything that differs from token to token, up to the measurement.
        qubits: Qubits of the state.
    """
    parts = tuple(s for s in steps if isinstance(s, Block | Permutation | Parity | Phase))
    separate = sum(map(_count_per_amplitude, parts))
    if qubits <= MAX_QUBITS and len(parts) > 1 and 2 * 2**qubits < separate:
        return (Circuit(parts),)
    return tuple(steps)


def _count_per_amplitude(step: Step) -> int:
    products = 2 * 2 ** len(step.words) if isinstance(step, Block) else 0
    return int(products + PASS)
