"""Simulate circuits with ``keras.ops``: complex states and gates as pairs of real tensors.

No complex dtype occurs, so this runs on every backend and device. Shapes and the order of qubits
are those of ``real``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from typing import NamedTuple

from keras import ops

from qslc_runtime.circuit import real
from qslc_runtime.circuit.gates import find_fixed_matrix
from qslc_runtime.circuit.real import Tensor
from qslc_runtime.circuit.tables import Parity, Permutation, Strings


class Pair(NamedTuple):
    """A complex tensor: its real and its imaginary part."""

    re: Tensor
    im: Tensor


def to_pair(tensor: Tensor) -> Pair:
    """Return a real tensor as a pair."""
    return Pair(tensor, ops.zeros_like(tensor))


def repeat_gate(gate: str, count: int) -> Pair:
    """Stack a fixed gate, or the identity "i", ``count`` times: (count, 2, 2, 1).

    Raises:
        ValueError: There is no such gate, or it takes an angle.
    """
    matrix = find_fixed_matrix(gate, real=False)
    return Pair(real.repeat_matrix(matrix.real, count), real.repeat_matrix(matrix.imag, count))


def rx(angles: Tensor) -> Pair:
    """Return RX gates exp(-i t X / 2) of angles (k, ...) in radians: (k, 2, 2, ...)."""
    half = ops.convert_to_tensor(angles, "float32") / 2
    cos, sin, zero = ops.cos(half), ops.sin(half), ops.zeros_like(half)
    return Pair(
        real.stack_matrices([[cos, zero], [zero, cos]]),
        real.stack_matrices([[zero, -sin], [-sin, zero]]),
    )


def ry(angles: Tensor) -> Pair:
    """Return RY gates exp(-i t Y / 2) of angles (k, ...) in radians: (k, 2, 2, ...)."""
    return to_pair(real.ry(angles))


def rz(angles: Tensor) -> Pair:
    """Return RZ gates exp(-i t Z / 2) of angles (k, ...) in radians: (k, 2, 2, ...)."""
    half = ops.convert_to_tensor(angles, "float32") / 2
    cos, sin, zero = ops.cos(half), ops.sin(half), ops.zeros_like(half)
    return Pair(
        real.stack_matrices([[cos, zero], [zero, cos]]),
        real.stack_matrices([[-sin, zero], [zero, sin]]),
    )


def compose(*gates: Pair) -> Pair:
    """Multiply stacks of gates (k, 2, 2, ...) that act one after the other."""
    return reduce(_extend(real.compose), gates)


def _unstack(*gates: Pair) -> list[Pair]:
    parts = (real.unstack(*part) for part in zip(*gates, strict=True))
    return [Pair(re, im) for re, im in zip(*parts, strict=True)]


def kron(*gates: Pair) -> list[Pair]:
    """Compute the Kronecker products of stacks of gates, one for each block, as ``real.kron``."""
    product = real.reduce_pairwise(_extend(real.kron_pair), _unstack(*gates))
    parts = (ops.unstack(ops.transpose(part, (2, 0, 1)), axis=0) for part in product)
    return [Pair(re, im) for re, im in zip(*parts, strict=True)]


def make_product_state(*gates: Pair) -> Pair:
    """Apply one gate to each qubit of |0...0>, as ``real.make_product_state``."""
    columns = [Pair(gate.re[:, 0], gate.im[:, 0]) for gate in _unstack(*gates)]
    return real.reduce_pairwise(_extend(real.kron_columns), columns)


def _extend(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Pair, Pair], Pair]:
    """Extend a bilinear function of real tensors to pairs."""

    def product(first: Pair, second: Pair) -> Pair:
        return Pair(
            function(first.re, second.re) - function(first.im, second.im),
            function(first.re, second.im) + function(first.im, second.re),
        )

    return product


def apply(matrix: Pair, state: Pair, first: int) -> Pair:
    """Apply a gate (2**k, 2**k) to the qubits ``first`` to ``first + k - 1`` of a state."""
    return _extend(partial(real.apply, first=first))(matrix, state)


def apply_real(matrix: Tensor, state: Pair, first: int) -> Pair:
    """Apply a real gate (2**k, 2**k) to the qubits ``first`` to ``first + k - 1``."""
    return Pair(real.apply(matrix, state.re, first), real.apply(matrix, state.im, first))


def apply_to_real(matrix: Pair, state: Tensor, first: int) -> Pair:
    """Apply a gate (2**k, 2**k) to the qubits from ``first`` on of a real state."""
    return Pair(real.apply(matrix.re, state, first), real.apply(matrix.im, state, first))


def permute(state: Pair, permutation: Permutation) -> Pair:
    """Put the amplitudes of a state in another order of the basis."""
    return Pair(real.permute(state.re, permutation), real.permute(state.im, permutation))


def scale(state: Pair, parity: Parity) -> Pair:
    """Multiply each amplitude of a state by its sign."""
    return Pair(real.scale(state.re, parity), real.scale(state.im, parity))


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


def rotate(state: Pair, phase: Tensor) -> Pair:
    """Multiply each amplitude of a state by exp(-i phase)."""
    cos, sin = ops.cos(phase), ops.sin(phase)
    return Pair(state.re * cos + state.im * sin, state.im * cos - state.re * sin)


def rotate_real(state: Tensor, phase: Tensor) -> Pair:
    """Multiply each amplitude of a real state by exp(-i phase)."""
    return Pair(state * ops.cos(phase), -state * ops.sin(phase))


def compute_probabilities(state: Pair) -> Tensor:
    """Compute the probability of each basis state: (2**qubits, tokens)."""
    return ops.square(state.re) + ops.square(state.im)


def compute_overlaps(state: Pair, flipped: Pair) -> Tensor:
    """Compute the real part of conj(flipped) * state: for strings with an even number of Y."""
    return flipped.re * state.re + flipped.im * state.im


def compute_cross_overlaps(state: Pair, flipped: Pair) -> Tensor:
    """Compute the real part of i * conj(flipped) * state: for an odd number of Y."""
    return flipped.im * state.re - flipped.re * state.im
