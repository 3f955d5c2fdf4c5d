"""Exact simulation with ``keras.ops``: real states and real gates.

A state has the shape (2**qubits, tokens), tokens last, so that a gate on any qubits is one matrix
product over long contiguous rows. Qubit 0 is the most significant bit of the first axis. All is
float32. ``pairs`` holds the same functions for complex states.

Gates on one qubit come stacked, (k, 2, 2, m) for k qubits: in the last axis are the tokens, where
each has its own angle, or the blocks that have the same gates.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.backends import multiplied, permuted, turned, with_symmetric_derivative
from qslc_runtime.tables import Signs

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or a numpy array."""

_SMALLEST = float(np.finfo(np.float32).tiny)

_DENSE = 2**17
"""Tables of signs of at most so many entries are multiplied as one matrix."""

_CONSTANT = {
    "i": np.eye(2, dtype=np.float32),
    "h": np.array([[1, 1], [1, -1]], np.float32) / np.float32(math.sqrt(2)),
    "x": np.array([[0, 1], [1, 0]], np.float32),
    "z": np.array([[1, 0], [0, -1]], np.float32),
}


def normalised(x: Tensor, *, bias: bool = False) -> Tensor:
    """The features as unit vectors, one row per token.

    A vector of zeros stays zero: it encodes no state, and every expectation of it is 0. The
    vector is divided by its largest magnitude before its norm is taken, so that no finite vector
    overflows; magnitudes below the smallest normal float32 count as zero.

    Args:
        x: (tokens, features)
        bias: put the constant 1 behind the features before normalising.

    Returns:
        (tokens, features), or (tokens, features + 1) with ``bias``.
    """
    if bias:
        x = ops.concatenate([x, ops.ones_like(x[:, :1])], axis=1)
    return with_symmetric_derivative(unit, across_unit, x)


def unit(x: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Unit vectors, and what their derivative needs: themselves and 1 / norm."""
    largest = ops.norm(x, ord=float("inf"), axis=1, keepdims=True)
    empty = largest < _SMALLEST
    x = x / ops.where(empty, float("inf"), largest)
    norm = ops.sum(ops.square(x), axis=1, keepdims=True)
    scale = ops.rsqrt(ops.where(empty, 1.0, norm))
    vectors = x * scale
    return vectors, (vectors, ops.where(empty, 0.0, scale / ops.where(empty, 1.0, largest)))


def across_unit(kept: tuple[Tensor, Tensor], slopes: Tensor) -> Tensor:
    """The part of a tangent or a gradient across the unit vectors, over the norm."""
    vectors, scale = kept
    along = ops.sum(vectors * slopes, axis=1, keepdims=True)
    return (slopes - vectors * along) * scale


def amplitudes(rows: Tensor, qubits: int, block: Tensor | None = None) -> Tensor:
    """The first amplitudes of each token as states; the rest is 0.

    Args:
        rows: (tokens, features)
        qubits: of the states.
        block: a gate (2**k, 2**k) on the last k qubits. It does no work on amplitudes that are 0.

    Returns:
        (2**qubits, tokens)
    """
    if block is None:
        columns = ops.transpose(rows)
    else:
        missing = -rows.shape[1] % block.shape[0]
        columns = turned(block, ops.pad(rows, ((0, 0), (0, missing))))
    return ops.pad(columns, ((0, 2**qubits - columns.shape[0]), (0, 0)))


def identity(qubits: int) -> Tensor:
    """Every basis state, in the place of a token each: (2**qubits, 2**qubits)."""
    return ops.eye(2**qubits, dtype="float32")


def constant(gate: str, count: int) -> Tensor:
    """``count`` times the gate "i" (identity), "h", "x" or "z": (count, 2, 2, 1)."""
    return repeated(_CONSTANT[gate], count)


def repeated(matrix: NDArray[np.float32], count: int) -> Tensor:
    """``count`` times one gate (2, 2): (count, 2, 2, 1)."""
    return ops.convert_to_tensor(np.repeat(matrix[None, :, :, None], count, axis=0))


def ry(angles: Tensor) -> Tensor:
    """RY gates exp(-i t Y / 2): angles (k, ...) in radians -> (k, 2, 2, ...)."""
    half = ops.convert_to_tensor(angles, "float32") / 2
    return square([[ops.cos(half), -ops.sin(half)], [ops.sin(half), ops.cos(half)]])


def square(entries: list[list[Tensor]]) -> Tensor:
    """A stack of 2x2 matrices from its four entries, each (k, ...): (k, 2, 2, ...)."""
    return ops.stack([ops.stack(row, axis=1) for row in entries], axis=1)


def then(*gates: Tensor) -> Tensor:
    """The product of stacks of gates (k, 2, 2, m) that act one after the other."""
    product, *rest = gates
    for later in rest:
        product = sum(later[:, :, i : i + 1] * product[:, i : i + 1] for i in range(2))
    return product


def columns(angles: Tensor, blocks: int) -> Tensor:
    """The angles of several blocks, block by block, as (k, blocks): k angles for each block."""
    angles = ops.convert_to_tensor(angles, "float32")
    return ops.transpose(ops.reshape(angles, (blocks, -1)))


def kron(*gates: Tensor) -> list[Tensor]:
    """The Kronecker products of stacks of gates, first qubit first.

    Args:
        gates: stacks (k, 2, 2, blocks), or (k, 2, 2, 1) where all blocks share the gates.

    Returns:
        A matrix (2**k, 2**k) for each block, k now being the number of all gates.
    """
    product = pairwise(outer, unstack(*gates))
    return ops.unstack(ops.transpose(product, (2, 0, 1)), axis=0)


def pairwise(function: Callable[[Any, Any], Any], items: list[Any]) -> Any:
    """Neighbours joined two by two until one is left: large products are few."""
    while len(items) > 1:
        joined = [function(*items[i : i + 2]) for i in range(0, len(items) - 1, 2)]
        items = joined + items[2 * len(joined) :]
    return items[0]


def outer(first: Tensor, second: Tensor) -> Tensor:
    """The Kronecker product of square matrices (a, a, m) and (b, b, m), m in one of them perhaps 1.

    TensorFlow broadcasts up to five axes, of which a vectorized derivative takes one or two.
    """
    a, b = first.shape[0], second.shape[0]
    rows = ops.reshape(first, (a * a, 1, first.shape[2]))
    product = rows * ops.reshape(second, (1, b * b, second.shape[2]))
    product = ops.reshape(product, (a, a, b, b, product.shape[-1]))
    return ops.reshape(ops.transpose(product, (0, 2, 1, 3, 4)), (a * b, a * b, product.shape[-1]))


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
    return pairwise(column_product, [gate[:, 0] for gate in unstack(*gates)])


def column_product(first: Tensor, second: Tensor) -> Tensor:
    """The product states of (a, tokens) and (b, tokens): (a b, tokens)."""
    product = first[:, None] * second[None]
    return ops.reshape(product, (first.shape[0] * second.shape[0], ops.shape(product)[-1]))


def apply(matrix: Tensor, state: Tensor, first: int) -> Tensor:
    """A gate (2**k, 2**k) on the qubits ``first`` to ``first + k - 1`` of a state."""
    return multiplied(matrix, state, first)


def permute(state: Tensor, permutation: NDArray[np.int32]) -> Tensor:
    """The state in another order of the basis (``tables.permutation``).

    The gradient is the inverse order: a gather, where backends would scatter.
    """
    return permuted(state, permutation, np.argsort(permutation).astype(np.int32))


def scale(state: Tensor, factors: NDArray[np.float32]) -> Tensor:
    """The state with each amplitude times a factor (``tables.parity``)."""
    return ops.multiply(state, factors)


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
    if count * high * low <= _DENSE:
        return ops.matmul(signs.dense, products)
    tokens = ops.shape(products)[1]
    rows = ops.matmul(signs.high, ops.reshape(products, (high, low * tokens)))
    rows = ops.reshape(rows, (count, low, tokens))
    return ops.sum(ops.multiply(rows, signs.low[:, :, None]), axis=1)
