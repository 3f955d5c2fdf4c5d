"""Simulate programs on pure states, and circuits with errors on mixed ones, for many tokens."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeAlias

import numpy as np
import sympy
from numpy.typing import NDArray

from qslc.feasibility.circuit import NoisyCircuit, Step
from qslc.feasibility.transfer import compute_gate_transfer, split_rotation
from qslc.ir.angles import evaluate
from qslc.ir.gates import compute_unitary
from qslc.ir.matrices import PAULIS, apply_matrix, list_entries, measure
from qslc.ir.program import Program

Array = NDArray[np.float64]

Values: TypeAlias = Mapping[str, float | Array]
"""Value of each symbol: the same for all tokens, or one for each, (tokens,)."""

_GROUND = np.array([1, 0, 0, 1], np.float32)

_TO_LETTERS = np.stack([PAULIS[letter].T for letter in "IXYZ"]).reshape(4, 4).astype(np.complex64)
"""Maps a block of a density matrix, row and column, to its Pauli coefficients."""


def compute_ideal(program: Program, values: Values, start: Array | None, tokens: int) -> Array:
    """Compute the expectations of a program without errors.

    Args:
        program: The program.
        values: Values of its symbols, in radians.
        start: States (tokens, 2**qubits) before the first gate; None for |0...0>.
        tokens: Number of tokens.

    Returns:
        (tokens, M)
    """
    size = 1 << program.qubits
    if start is None:
        start = np.zeros((tokens, size))
        start[:, 0] = 1
    state = start.T.reshape((2,) * program.qubits + (-1,)).astype(complex)
    for op in program.operations:
        angle = None if op.angle is None else evaluate(op.angle, values)
        if angle is None or np.ndim(angle) == 0:
            entries = list_entries(compute_unitary(op.gate, angle and float(angle)))
        else:
            each = np.stack([compute_unitary(op.gate, float(a)) for a in angle], axis=-1)
            entries = {(i, j): each[i, j] for i, j in np.argwhere(each.any(axis=-1)).tolist()}
        state = apply_matrix(entries, op.qubits, state)
    return measure(program.observables, state, program.qubits).T


def compute_noisy(circuit: NoisyCircuit, values: Values, start: Array | None, tokens: int) -> Array:
    """Compute what is read on average of each observable under the errors of a circuit.

    On density matrices, exactly (to single precision): tokens times 4**qubits numbers.

    Args:
        circuit: The circuit.
        values: Values of its symbols, in radians.
        start: States (tokens, 2**qubits) before the first step; None for |0...0>.
        tokens: Number of tokens.

    Returns:
        (tokens, M)
    """
    count = len(circuit.qubits)
    state = _start_mixed(start, count, tokens)
    order = list(range(count))
    waiting: list[NDArray[np.float32] | None] = [None] * count
    for pair, matrix in _merge_steps(circuit, values, waiting):
        state, order = _apply(matrix, pair, state, order)
    return _read(circuit, waiting, state, order)


def _merge_steps(
    circuit: NoisyCircuit, values: Values, waiting: list[NDArray[np.float32] | None]
) -> Iterator[tuple[tuple[int, int], NDArray[np.float32]]]:
    """Yield pairs of qubits, and what acts on each until one of them meets a third, as one matrix.

    What acts on a qubit behind its last pair is left in ``waiting``.
    """
    angles: dict[sympy.Expr, float | Array] = {}
    blocks: dict[tuple[int, int], NDArray[np.float32]] = {}
    for step in circuit.steps:
        matrix = _make_matrix(step, values, angles)
        if len(step.qubits) == 1:
            (qubit,) = step.qubits
            waiting[qubit] = _follow(matrix, waiting[qubit])
            continue
        first, second = step.qubits
        if first > second:
            first, second = second, first
            matrix = matrix.reshape(-1, 4, 4, 4, 4).transpose(0, 2, 1, 4, 3).reshape(matrix.shape)
        pair = first, second
        matrix = _follow(matrix, _join(waiting[first], waiting[second]))
        waiting[first] = waiting[second] = None
        for other in [other for other in blocks if other != pair and {*other} & {*pair}]:
            yield other, blocks.pop(other)
        blocks[pair] = _follow(matrix, blocks.get(pair))
    yield from blocks.items()


def _follow(matrix: NDArray[np.float32], before: NDArray[np.float32] | None) -> NDArray[np.float32]:
    return matrix if before is None else matrix @ before


def _start_mixed(start: Array | None, count: int, tokens: int) -> NDArray[np.float32]:
    """Return the Pauli coefficients (tokens, 4**qubits) of states."""
    if start is None:
        state = np.ones((1, 1), np.float32)
        for _ in range(count):
            state = np.kron(state, _GROUND)
        return np.repeat(state, tokens, axis=0)
    flat = start.astype(np.complex64)
    blocks = (flat[:, :, None] * flat[:, None, :].conj()).reshape(tokens, -1)
    for qubit in range(count):
        rest = 2 ** (count - qubit - 1)
        parts = blocks.reshape(tokens, 4**qubit, 2, rest, 2, rest)
        parts = np.moveaxis(parts, 4, 3).reshape(tokens, 4**qubit, 4, rest * rest)
        blocks = (_TO_LETTERS @ parts).reshape(tokens, -1)
    return np.asarray(blocks.real, np.float32, order="C")


def _make_matrix(
    step: Step, values: Values, angles: dict[sympy.Expr, float | Array]
) -> NDArray[np.float32]:
    """Return the matrix of a step: (k, k), or (tokens, k, k) where its angle differs."""
    if step.transfer is not None:
        return step.transfer.astype(np.float32)
    if step.angle not in angles:
        angles[step.angle] = evaluate(step.angle, values)
    angle = angles[step.angle]
    if np.ndim(angle) == 0:
        return compute_gate_transfer(step.gate, float(angle)).astype(np.float32)
    constant, cosine, sine = split_rotation(step.gate)
    each = np.asarray(angle)[:, None, None]
    turned = constant + cosine * np.cos(each) + sine * np.sin(each)
    return np.asarray(turned, np.float32)


def _join(
    first: NDArray[np.float32] | None, second: NDArray[np.float32] | None
) -> NDArray[np.float32] | None:
    """Return the matrix on two qubits of matrices on each."""
    if first is None and second is None:
        return None
    one = np.eye(4, dtype=np.float32)
    a, b = (one if each is None else each for each in (first, second))
    joined = a[..., :, None, :, None] * b[..., None, :, None, :]
    return np.asarray(joined.reshape(*joined.shape[:-4], 16, 16))


def _apply(
    matrix: NDArray[np.float32],
    qubits: tuple[int, int],
    state: NDArray[np.float32],
    order: list[int],
) -> tuple[NDArray[np.float32], list[int]]:
    """Apply a matrix to two qubits, which become the first in the order of axes."""
    tokens = len(state)
    axes = [order.index(qubit) for qubit in qubits]
    tensor = np.moveaxis(
        state.reshape((tokens,) + (4,) * len(order)), [1 + a for a in axes], [1, 2]
    )
    rest = [qubit for qubit in order if qubit not in qubits]
    return matrix @ tensor.reshape(tokens, 16, -1), [*qubits, *rest]


def _read(
    circuit: NoisyCircuit,
    waiting: list[NDArray[np.float32] | None],
    state: NDArray[np.float32],
    order: list[int],
) -> Array:
    tokens = len(state)
    tensor = state.reshape((tokens,) + (4,) * len(order))
    means = np.empty((tokens, len(circuit.readings)))
    for column, reading in enumerate(circuit.readings):
        read = [q for q in range(len(order)) if reading[q, 1:].any() or reading[q, 0] != 1]
        index = (slice(None), *(slice(None) if qubit in read else 0 for qubit in order))
        part = tensor[index].astype(float)
        for qubit in reversed([q for q in order if q in read]):
            factor, matrix = reading[qubit], waiting[qubit]
            factor = factor if matrix is None else factor @ matrix
            part = np.einsum("t...p,tp->t...", part, np.broadcast_to(factor, (tokens, 4)))
        means[:, column] = part
    return means
