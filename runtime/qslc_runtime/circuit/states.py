"""Simulate circuits with ``keras.ops``.

A state has the shape (2**qubits, tokens), tokens last, so that a gate on any qubits is one matrix
product over long contiguous rows. Qubit 0 is the most significant bit of the first axis. All is
float32. States and gates are real tensors or ``matrices.Pair``: what is real stays so, at a quarter
of the arithmetic.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np
from keras import ops

from qslc_runtime.backends import apply_to_rows, permute_rows, with_symmetric_derivative
from qslc_runtime.circuit.matrices import (
    Pair,
    Tensor,
    extend,
    map_parts,
    reduce_pairwise,
    unstack,
)
from qslc_runtime.circuit.tables import Parity, Permutation, Strings

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


def add_reference(features: Tensor, qubits: int) -> Tensor:
    """Put features beside the reference state: |0>x/|x| + |1>|+...+>, which is no unit vector yet.

    Args:
        features: Features (tokens, features), float32, of which the first half of a state has room.
        qubits: Number of qubits of the states.

    Returns:
        (tokens, 2**qubits)
    """
    half = 1 << (qubits - 1)
    rows = normalize(features)
    if half > rows.shape[1]:
        rows = ops.pad(rows, ((0, 0), (0, half - rows.shape[1])))
    return ops.concatenate([rows, ops.full_like(rows, 1 / math.sqrt(half))], axis=1)


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


def make_product_state(*gates: Tensor | Pair) -> Any:
    """Apply one gate to each qubit of |0...0>.

    Args:
        gates: Stacks (k, 2, 2, tokens), or (k, 2, 2, 1) where all tokens share the gates.

    Returns:
        States (2**qubits, tokens), or (2**qubits, 1).
    """
    columns = [map_parts(lambda part: part[:, 0], gate) for gate in unstack(*gates)]
    return reduce_pairwise(extend(kron_columns), columns)


def kron_columns(first: Tensor, second: Tensor) -> Tensor:
    """Compute the product states of (a, tokens) and (b, tokens): (a b, tokens)."""
    product = first[:, None] * second[None]
    return ops.reshape(product, (first.shape[0] * second.shape[0], ops.shape(product)[-1]))


def apply(matrix: Tensor | Pair, state: Tensor | Pair, first: int) -> Any:
    """Apply a gate (2**k, 2**k) to the qubits ``first`` to ``first + k - 1`` of a state."""
    return extend(partial(_apply, first=first))(matrix, state)


def _apply(matrix: Tensor, state: Tensor, first: int) -> Tensor:
    """Apply a real gate; it is repeated by hand, as XLA would transpose the state instead."""
    size, tokens = matrix.shape[0], ops.shape(state)[1]
    columns = state.shape[0] // size // 2**first * tokens
    if first == 0:
        products = ops.matmul(matrix, ops.reshape(state, (size, columns)))
    else:
        matrices = ops.broadcast_to(matrix, (2**first, size, size))
        products = ops.matmul(matrices, ops.reshape(state, (2**first, size, columns)))
    return ops.reshape(products, (state.shape[0], tokens))


def permute(state: Tensor | Pair, permutation: Permutation) -> Any:
    """Put the amplitudes of a state in another order of the basis.

    The gradient is the inverse order: a gather, where backends would scatter.
    """
    order, inverse = permutation.table, permutation.inverse
    return map_parts(lambda part: permute_rows(part, order, inverse), state)


def scale(state: Tensor | Pair, parity: Parity) -> Any:
    """Multiply each amplitude of a state by its sign."""
    return map_parts(lambda part: ops.multiply(part, parity.table), state)


def compute_phases(angles: Tensor, strings: Strings) -> Tensor:
    """Compute the phases of the rotations exp(-i t P / 2) about k strings P of Z.

    Args:
        angles: Angles (k, tokens) in radians, or (k, 1) where all tokens share them.
        strings: The k strings.

    Returns:
        (2**qubits, tokens), or (2**qubits, 1): the sum of t / 2 times the sign of P.
    """
    half = ops.convert_to_tensor(angles, "float32") / 2
    (count, high), low = strings.high.shape, strings.low.shape[1]
    tokens = ops.shape(half)[1]
    rows = ops.multiply(strings.low[:, :, None], half[:, None, :])
    rows = ops.reshape(rows, (count, low * tokens))
    return ops.reshape(ops.matmul(strings.high.T, rows), (high * low, tokens))


def rotate(state: Tensor | Pair, phase: Tensor) -> Pair:
    """Multiply each amplitude of a state by exp(-i phase)."""
    cos, sin = ops.cos(phase), ops.sin(phase)
    if not isinstance(state, Pair):
        return Pair(state * cos, -state * sin)
    return Pair(state.re * cos + state.im * sin, state.im * cos - state.re * sin)


def compute_probabilities(state: Pair) -> Tensor:
    """Compute the probability of each basis state: (2**qubits, tokens)."""
    return ops.square(state.re) + ops.square(state.im)


def compute_overlaps(state: Pair, flipped: Pair) -> Tensor:
    """Compute the real part of conj(flipped) * state: for strings with an even number of Y."""
    return flipped.re * state.re + flipped.im * state.im


def compute_cross_overlaps(state: Pair, flipped: Pair) -> Tensor:
    """Compute the real part of i * conj(flipped) * state: for an odd number of Y."""
    return flipped.im * state.re - flipped.re * state.im


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
