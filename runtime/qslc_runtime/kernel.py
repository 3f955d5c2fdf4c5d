"""Exact simulation with ``keras.ops``: real states and real gates.

A state has the shape (2**qubits, tokens), tokens last, so that a gate on any qubits is one matrix
product over long contiguous rows. Qubit 0 is the most significant bit of the first axis. All is
float32. ``pairs`` holds the same functions for complex states.

Gates on one qubit come stacked, (k, 2, 2) for k neighbouring qubits, or (k, 2, 2, tokens) where
each token has its own angle.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from keras import ops

from qslc_runtime.tables import Signs

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or a numpy array."""

_SMALLEST = float(np.finfo(np.float32).tiny)

_CONSTANT = {
    "i": np.eye(2, dtype=np.float32),
    "h": np.array([[1, 1], [1, -1]], np.float32) / np.float32(math.sqrt(2)),
    "x": np.array([[0, 1], [1, 0]], np.float32),
    "z": np.array([[1, 0], [0, -1]], np.float32),
}


def amplitudes(x: Tensor, qubits: int, *, bias: bool = False) -> Tensor:
    """The normalised features as the amplitudes of a state, one state per token.

    A vector of zeros stays zero: it encodes no state, and every expectation of it is 0. The
    vector is divided by its largest magnitude before its norm is taken, so that no finite vector
    overflows; magnitudes below the smallest normal float32 count as zero.

    Args:
        x: (tokens, features), at most 2**qubits features.
        qubits: of the state.
        bias: put the constant 1 behind the features before normalising.

    Returns:
        (2**qubits, tokens)
    """
    features = x.shape[-1]
    x = ops.transpose(x)
    if bias:
        x = ops.concatenate([x, ops.ones_like(x[:1])], axis=0)
    largest = ops.stop_gradient(ops.max(ops.abs(x), axis=0, keepdims=True, initial=0.0))
    empty = largest < _SMALLEST
    x = ops.where(empty, 0.0, x / ops.where(empty, 1.0, largest))
    norm = ops.sum(ops.square(x), axis=0, keepdims=True)
    x = x * ops.rsqrt(ops.where(empty, 1.0, norm))
    return ops.pad(x, ((0, 2**qubits - features - bias), (0, 0)))


def constant(gate: str, count: int) -> Tensor:
    """``count`` times the gate "i" (identity), "h", "x" or "z": (count, 2, 2)."""
    return np.repeat(_CONSTANT[gate][None], count, axis=0)


def ry(angles: Tensor) -> Tensor:
    """RY gates exp(-i t Y / 2): angles (k, ...) in radians -> (k, 2, 2, ...)."""
    half = ops.convert_to_tensor(angles, "float32") / 2
    return square([[ops.cos(half), -ops.sin(half)], [ops.sin(half), ops.cos(half)]])


def square(entries: list[list[Tensor]]) -> Tensor:
    """A stack of 2x2 matrices from its four entries, each (k, ...): (k, 2, 2, ...)."""
    return ops.stack([ops.stack(row, axis=1) for row in entries], axis=1)


def per_token(gates: Tensor) -> Tensor:
    """Gates (k, 2, 2) that all tokens share, as (k, 2, 2, 1)."""
    return gates[..., None]


def then(*gates: Tensor) -> Tensor:
    """The product of stacks of gates (k, 2, 2, ...) that act one after the other."""
    product, *rest = gates
    for later in rest:
        product = ops.sum(ops.expand_dims(later, 3) * ops.expand_dims(product, 1), axis=2)
    return product


def kron(*gates: Tensor) -> Tensor:
    """The Kronecker product of stacks of gates, first qubit first: (2**k, 2**k)."""
    product, *rest = unstack(*gates)
    for gate in rest:
        size = 2 * product.shape[0]
        product = ops.reshape(product[:, None, :, None] * gate[None, :, None, :], (size, size))
    return product


def unstack(*gates: Tensor) -> list[Tensor]:
    """The gates of several stacks, one by one."""
    return [stack[i] for stack in gates for i in range(stack.shape[0])]


def product_state(*gates: Tensor) -> Tensor:
    """The state that one gate on each qubit makes of |0...0>.

    Args:
        gates: stacks (k, 2, 2, tokens), or (k, 2, 2, 1) where all tokens share the gates.

    Returns:
        (2**qubits, tokens), or (2**qubits, 1).
    """
    state, *rest = (gate[:, 0] for gate in unstack(*gates))
    for column in rest:
        product = state[:, None] * column[None]
        state = ops.reshape(product, (2 * state.shape[0], ops.shape(product)[-1]))
    return state


def apply(matrix: Tensor, state: Tensor, first: int) -> Tensor:
    """A gate (2**k, 2**k) on the qubits ``first`` to ``first + k - 1`` of a state."""
    size, states, tokens = matrix.shape[0], state.shape[0], ops.shape(state)[1]
    left = 2**first
    right = states // left // size * tokens
    rows = ops.reshape(state, (left, size, right) if first else (size, right))
    return ops.reshape(ops.matmul(matrix, rows), (states, tokens))


def measure(products: Tensor, signs: Signs) -> Tensor:
    """The expectation of each Pauli string.

    Args:
        products: (2**qubits, tokens), the probabilities for strings of Z; otherwise the products
            of each amplitude with the one that the string maps it to.
        signs: of k strings.

    Returns:
        (k, tokens)
    """
    (count, high), low = signs.high.shape, signs.low.shape[1]
    tokens = ops.shape(products)[1]
    rows = ops.matmul(signs.high, ops.reshape(products, (high, low * tokens)))
    return ops.sum(ops.reshape(rows, (count, low, tokens)) * signs.low[:, :, None], axis=1)
