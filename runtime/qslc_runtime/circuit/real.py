"""Simulate circuits with ``keras.ops``: real states and real gates.

A state has the shape (2**qubits, tokens), tokens last, so that a gate on any qubits is one matrix
product over long contiguous rows. Qubit 0 is the most significant bit of the first axis. All is
float32. ``complex`` holds the same functions for complex states.

Gates on one qubit come stacked, (k, 2, 2, m) for k qubits: in the last axis are the tokens, where
each has its own angle, or the blocks that have the same gates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.backends import (
    apply_to_rows,
    permute_rows,
    with_symmetric_derivative,
)
from qslc_runtime.circuit.gates import find_fixed_matrix
from qslc_runtime.circuit.tables import Parity, Permutation, Strings

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or a numpy array."""

_SMALLEST = float(np.finfo(np.float32).tiny)

_DENSE = 2**17
"""Tables of signs of at most so many entries are multiplied as one matrix."""


def normalize(x: Tensor, *, bias: bool = False) -> Tensor:
    """Divide the features of each token by their norm.

    A vector of zeros stays zero: it encodes no state, and every expectation of it is 0. The
    vector is divided by its largest magnitude before its norm is taken, so that no finite vector
    overflows; magnitudes below the smallest normal float32 count as zero.

    Args:
        x: Features (tokens, features), float32.
        bias: Whether the constant 1 is put behind the features first.

    Returns:
        Unit vectors (tokens, features), or (tokens, features + 1) with ``bias``.
    """
    if bias:
        x = ops.concatenate([x, ops.ones_like(x[:, :1])], axis=1)
    return with_symmetric_derivative(_divide_by_norm, _project_out, x)


def _divide_by_norm(x: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor]]:
    """Return unit vectors, and what their derivative needs: themselves and 1 / norm."""
    largest = ops.norm(x, ord=float("inf"), axis=1, keepdims=True)
    empty = largest < _SMALLEST
    x = x / ops.where(empty, float("inf"), largest)
    norm = ops.sum(ops.square(x), axis=1, keepdims=True)
    scale = ops.rsqrt(ops.where(empty, 1.0, norm))
    vectors = x * scale
    return vectors, (vectors, ops.where(empty, 0.0, scale / ops.where(empty, 1.0, largest)))


def _project_out(kept: tuple[Tensor, Tensor], gradients: Tensor) -> Tensor:
    """Return the part of a tangent or gradient across the unit vectors, over the norm."""
    vectors, scale = kept
    along = ops.sum(vectors * gradients, axis=1, keepdims=True)
    return (gradients - vectors * along) * scale


def encode_amplitudes(rows: Tensor, qubits: int, block: Tensor | None = None) -> Tensor:
    """Put the numbers of each token into the first amplitudes of a state; the rest is 0.

    Args:
        rows: Numbers (tokens, features).
        qubits: Number of qubits of the states.
        block: A gate (2**k, 2**k) on the last k qubits. It does no work on amplitudes that are 0.

    Returns:
        States (2**qubits, tokens).
    """
    if block is None:
        columns = ops.transpose(rows)
    else:
        missing = -rows.shape[1] % block.shape[0]
        columns = apply_to_rows(block, ops.pad(rows, ((0, 0), (0, missing))))
    return ops.pad(columns, ((0, 2**qubits - columns.shape[0]), (0, 0)))


def make_identity(qubits: int) -> Tensor:
    """Return every basis state in the place of a token: (2**qubits, 2**qubits)."""
    return ops.eye(2**qubits, dtype="float32")


def repeat_gate(gate: str, count: int) -> Tensor:
    """Stack a fixed real gate, or the identity "i", ``count`` times: (count, 2, 2, 1).

    Raises:
        ValueError: There is no such gate, or it is not real, or takes an angle.
    """
    return repeat_matrix(find_fixed_matrix(gate, real=True).real, count)


def repeat_matrix(matrix: NDArray[np.float64], count: int) -> Tensor:
    """Stack one matrix (2, 2) ``count`` times: (count, 2, 2, 1), float32."""
    return ops.convert_to_tensor(
        np.repeat(matrix.astype(np.float32)[None, :, :, None], count, axis=0)
    )


def ry(angles: Tensor) -> Tensor:
    """Return RY gates exp(-i t Y / 2) of angles (k, ...) in radians: (k, 2, 2, ...)."""
    half = ops.convert_to_tensor(angles, "float32") / 2
    return stack_matrices([[ops.cos(half), -ops.sin(half)], [ops.sin(half), ops.cos(half)]])


def stack_matrices(entries: list[list[Tensor]]) -> Tensor:
    """Stack 2x2 matrices from their four entries, each (k, ...): (k, 2, 2, ...)."""
    return ops.stack([ops.stack(row, axis=1) for row in entries], axis=1)


def compose(*gates: Tensor) -> Tensor:
    """Multiply stacks of gates (k, 2, 2, m) that act one after the other."""
    product, *rest = gates
    for later in rest:
        product = sum(later[:, :, i : i + 1] * product[:, i : i + 1] for i in range(2))
    return product


def arrange_blocks(angles: Tensor, blocks: int) -> Tensor:
    """Arrange the angles of several blocks, block by block, as (k, blocks)."""
    angles = ops.convert_to_tensor(angles, "float32")
    return ops.transpose(ops.reshape(angles, (blocks, -1)))


def kron(*gates: Tensor) -> list[Tensor]:
    """Compute the Kronecker products of stacks of gates, first qubit first.

    Args:
        gates: Stacks (k, 2, 2, blocks), or (k, 2, 2, 1) where all blocks share the gates.

    Returns:
        A matrix (2**k, 2**k) for each block, k now being the number of all gates.
    """
    product = reduce_pairwise(kron_pair, unstack(*gates))
    return ops.unstack(ops.transpose(product, (2, 0, 1)), axis=0)


def reduce_pairwise(function: Callable[[Any, Any], Any], items: list[Any]) -> Any:
    """Join neighbors two by two until one is left, so that large products are few."""
    while len(items) > 1:
        joined = [function(*items[i : i + 2]) for i in range(0, len(items) - 1, 2)]
        items = joined + items[2 * len(joined) :]
    return items[0]


def kron_pair(first: Tensor, second: Tensor) -> Tensor:
    """Compute the Kronecker product of (a, a, m) and (b, b, m), m in one of them perhaps 1.

    TensorFlow broadcasts up to five axes, of which a vectorized derivative takes one or two.
    """
    a, b = first.shape[0], second.shape[0]
    rows = ops.reshape(first, (a * a, 1, first.shape[2]))
    product = rows * ops.reshape(second, (1, b * b, second.shape[2]))
    product = ops.reshape(product, (a, a, b, b, product.shape[-1]))
    return ops.reshape(ops.transpose(product, (0, 2, 1, 3, 4)), (a * b, a * b, product.shape[-1]))


def unstack(*gates: Tensor) -> list[Tensor]:
    """Return the gates of several stacks, one by one."""
    return [stack[i] for stack in gates for i in range(stack.shape[0])]


def make_product_state(*gates: Tensor) -> Tensor:
    """Apply one gate to each qubit of |0...0>.

    Args:
        gates: Stacks (k, 2, 2, tokens), or (k, 2, 2, 1) where all tokens share the gates.

    Returns:
        States (2**qubits, tokens), or (2**qubits, 1).
    """
    return reduce_pairwise(kron_columns, [gate[:, 0] for gate in unstack(*gates)])


def kron_columns(first: Tensor, second: Tensor) -> Tensor:
    """Compute the product states of (a, tokens) and (b, tokens): (a b, tokens)."""
    product = first[:, None] * second[None]
    return ops.reshape(product, (first.shape[0] * second.shape[0], ops.shape(product)[-1]))


def apply(matrix: Tensor, state: Tensor, first: int) -> Tensor:
    """Apply a gate (2**k, 2**k) to the qubits ``first`` to ``first + k - 1`` of a state.

    The matrix is repeated by hand: XLA would transpose the state instead.
    """
    size, tokens = matrix.shape[0], ops.shape(state)[1]
    columns = state.shape[0] // size // 2**first * tokens
    if first == 0:
        products = ops.matmul(matrix, ops.reshape(state, (size, columns)))
    else:
        matrices = ops.broadcast_to(matrix, (2**first, size, size))
        products = ops.matmul(matrices, ops.reshape(state, (2**first, size, columns)))
    return ops.reshape(products, (state.shape[0], tokens))


def permute(state: Tensor, permutation: Permutation) -> Tensor:
    """Put the amplitudes of a state in another order of the basis.

    The gradient is the inverse order: a gather, where backends would scatter.
    """
    return permute_rows(state, permutation.table, permutation.inverse)


def scale(state: Tensor, parity: Parity) -> Tensor:
    """Multiply each amplitude of a state by its sign."""
    return ops.multiply(state, parity.table)


def measure(products: Tensor, strings: Strings) -> Tensor:
    """Compute the expectation of each Pauli string.

    Args:
        products: Numbers (2**qubits, tokens): for strings of Z the probabilities, otherwise the
            products of each amplitude with the one that the string maps it to.
        strings: The k strings.

    Returns:
        Expectations (k, tokens).
    """
    (count, high), low = strings.high.shape, strings.low.shape[1]
    if count * high * low <= _DENSE:
        return ops.matmul(strings.dense, products)
    tokens = ops.shape(products)[1]
    rows = ops.matmul(strings.high, ops.reshape(products, (high, low * tokens)))
    rows = ops.reshape(rows, (count, low, tokens))
    return ops.sum(ops.multiply(rows, strings.low[:, :, None]), axis=1)
