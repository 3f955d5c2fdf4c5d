"""Exact simulation with ``keras.ops``: complex states and gates as pairs of real tensors.

No complex dtype occurs, so this runs on every backend and device. Shapes and the order of qubits
are those of ``kernel``.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime import kernel
from qslc_runtime.kernel import Tensor
from qslc_runtime.tables import Signs


class Pair(NamedTuple):
    """A complex tensor: its real and its imaginary part."""

    re: Tensor
    im: Tensor


_ROOT = math.sqrt(0.5)
_PHASE = {"s": (0.0, 1.0), "sdg": (0.0, -1.0), "t": (_ROOT, _ROOT)}


def real(tensor: Tensor) -> Pair:
    """A real tensor as a pair."""
    return Pair(tensor, ops.zeros_like(tensor))


def constant(gate: str, count: int) -> Pair:
    """``count`` times the gate "i", "h", "x", "z", "s", "sdg" (S inverted) or "t"."""
    if gate not in _PHASE:
        return real(kernel.constant(gate, count))
    re, im = _PHASE[gate]
    return Pair(
        kernel.repeated(np.array([[1, 0], [0, re]], np.float32), count),
        kernel.repeated(np.array([[0, 0], [0, im]], np.float32), count),
    )


def rx(angles: Tensor) -> Pair:
    """RX gates exp(-i t X / 2): angles (k, ...) in radians -> (k, 2, 2, ...)."""
    half = ops.convert_to_tensor(angles, "float32") / 2
    cos, sin, zero = ops.cos(half), ops.sin(half), ops.zeros_like(half)
    return Pair(
        kernel.square([[cos, zero], [zero, cos]]), kernel.square([[zero, -sin], [-sin, zero]])
    )


def ry(angles: Tensor) -> Pair:
    """RY gates exp(-i t Y / 2): angles (k, ...) in radians -> (k, 2, 2, ...)."""
    return real(kernel.ry(angles))


def rz(angles: Tensor) -> Pair:
    """RZ gates exp(-i t Z / 2): angles (k, ...) in radians -> (k, 2, 2, ...)."""
    half = ops.convert_to_tensor(angles, "float32") / 2
    cos, sin, zero = ops.cos(half), ops.sin(half), ops.zeros_like(half)
    return Pair(
        kernel.square([[cos, zero], [zero, cos]]), kernel.square([[-sin, zero], [zero, sin]])
    )


def then(*gates: Pair) -> Pair:
    """The product of stacks of gates (k, 2, 2, ...) that act one after the other."""
    product, *rest = gates
    for later in rest:
        product = Pair(
            kernel.then(product.re, later.re) - kernel.then(product.im, later.im),
            kernel.then(product.re, later.im) + kernel.then(product.im, later.re),
        )
    return product


def _unstack(*gates: Pair) -> list[Pair]:
    parts = (kernel.unstack(*part) for part in zip(*gates, strict=True))
    return [Pair(re, im) for re, im in zip(*parts, strict=True)]


def kron(*gates: Pair) -> list[Pair]:
    """The Kronecker products of stacks of gates, one for each block, as ``kernel.kron``."""
    product = kernel.pairwise(_product(kernel.outer), _unstack(*gates))
    parts = (ops.unstack(ops.transpose(part, (2, 0, 1)), axis=0) for part in product)
    return [Pair(re, im) for re, im in zip(*parts, strict=True)]


def product_state(*gates: Pair) -> Pair:
    """The state that one gate on each qubit makes of |0...0>, as ``kernel.product_state``."""
    columns = [Pair(gate.re[:, 0], gate.im[:, 0]) for gate in _unstack(*gates)]
    return kernel.pairwise(_product(kernel.column_product), columns)


def _product(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Pair, Pair], Pair]:
    """A bilinear function of real tensors as one of pairs."""

    def product(first: Pair, second: Pair) -> Pair:
        return Pair(
            function(first.re, second.re) - function(first.im, second.im),
            function(first.re, second.im) + function(first.im, second.re),
        )

    return product


def apply(matrix: Pair, state: Pair, first: int) -> Pair:
    """A gate (2**k, 2**k) on the qubits ``first`` to ``first + k - 1`` of a state."""
    return Pair(
        kernel.apply(matrix.re, state.re, first) - kernel.apply(matrix.im, state.im, first),
        kernel.apply(matrix.re, state.im, first) + kernel.apply(matrix.im, state.re, first),
    )


def apply_real(matrix: Tensor, state: Pair, first: int) -> Pair:
    """A real gate (2**k, 2**k) on the qubits ``first`` to ``first + k - 1`` of a state."""
    return Pair(kernel.apply(matrix, state.re, first), kernel.apply(matrix, state.im, first))


def apply_to_real(matrix: Pair, state: Tensor, first: int) -> Pair:
    """A gate (2**k, 2**k) on the qubits ``first`` to ``first + k - 1`` of a real state."""
    return Pair(kernel.apply(matrix.re, state, first), kernel.apply(matrix.im, state, first))


def permute(state: Pair, permutation: NDArray[np.int32]) -> Pair:
    """The state in another order of the basis (``tables.permutation``)."""
    return Pair(kernel.permute(state.re, permutation), kernel.permute(state.im, permutation))


def scale(state: Pair, factors: NDArray[np.float32]) -> Pair:
    """The state with each amplitude times a real factor (``tables.parity``)."""
    return Pair(kernel.scale(state.re, factors), kernel.scale(state.im, factors))


def phases(angles: Tensor, signs: Signs) -> Tensor:
    """The phases of the rotations exp(-i t P / 2) about k strings P of Z.

    Args:
        angles: (k, tokens) in radians, or (k, 1) where all tokens share them.
        signs: of the k strings.

    Returns:
        (2**qubits, tokens), or (2**qubits, 1): the sum of t / 2 times the sign of P.
    """
    half = ops.convert_to_tensor(angles, "float32") / 2
    (count, high), low = signs.high.shape, signs.low.shape[1]
    tokens = ops.shape(half)[1]
    rows = ops.multiply(signs.low[:, :, None], half[:, None, :])
    rows = ops.reshape(rows, (count, low * tokens))
    return ops.reshape(ops.matmul(signs.high.T, rows), (high * low, tokens))


def rotate(state: Pair, phase: Tensor) -> Pair:
    """The state with each amplitude times exp(-i phase)."""
    cos, sin = ops.cos(phase), ops.sin(phase)
    return Pair(state.re * cos + state.im * sin, state.im * cos - state.re * sin)


def rotate_real(state: Tensor, phase: Tensor) -> Pair:
    """A real state with each amplitude times exp(-i phase)."""
    return Pair(state * ops.cos(phase), -state * ops.sin(phase))


def probabilities(state: Pair) -> Tensor:
    """The probability of each basis state: (2**qubits, tokens)."""
    return ops.square(state.re) + ops.square(state.im)


def overlaps(state: Pair, flipped: Pair) -> Tensor:
    """Real part of conj(flipped) * state: for strings with an even number of Y."""
    return flipped.re * state.re + flipped.im * state.im


def cross_overlaps(state: Pair, flipped: Pair) -> Tensor:
    """Real part of i * conj(flipped) * state: for strings with an odd number of Y."""
    return flipped.im * state.re - flipped.re * state.im
