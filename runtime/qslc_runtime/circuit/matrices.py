"""Gates on one qubit as tensors, with ``keras.ops``: stacked, multiplied, side by side.

Gates come stacked, (k, 2, 2, m) for k qubits: in the last axis are the tokens, where each has its
own angle, or the blocks that have the same gates. All is float32. What is complex is a pair of real
tensors: no complex dtype occurs, so this runs on every backend and device.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial, reduce
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.circuit.gates import find_fixed_matrix

Tensor: TypeAlias = Any
"""A tensor of the Keras backend, or a numpy array."""


class Pair(NamedTuple):
    """A complex tensor: its real and its imaginary part."""

    re: Tensor
    im: Tensor


def to_pair(tensor: Tensor) -> Pair:
    """Return a real tensor as a pair."""
    return Pair(tensor, ops.zeros_like(tensor))


def map_parts(function: Callable[[Tensor], Tensor], tensor: Tensor | Pair) -> Any:
    """Apply a linear function to a real tensor, or to both parts of a pair."""
    return Pair(*map(function, tensor)) if isinstance(tensor, Pair) else function(tensor)


def extend(function: Callable[[Tensor, Tensor], Tensor]) -> Callable[[Any, Any], Any]:
    """Extend a bilinear function of real tensors to pairs; what is real stays so."""

    def product(first: Tensor | Pair, second: Tensor | Pair) -> Tensor | Pair:
        if not isinstance(first, Pair):
            return map_parts(partial(function, first), second)
        if not isinstance(second, Pair):
            return map_parts(lambda part: function(part, second), first)
        return Pair(
            function(first.re, second.re) - function(first.im, second.im),
            function(first.re, second.im) + function(first.im, second.re),
        )

    return product


def repeat_real_gate(gate: str, count: int) -> Tensor:
    """Stack a fixed real gate, or the identity "i", ``count`` times: (count, 2, 2, 1).

    Raises:
        ValueError: There is no such gate, or it is not real, or takes an angle.
    """
    return _repeat(find_fixed_matrix(gate, real=True).real, count)


def repeat_gate(gate: str, count: int) -> Pair:
    """Stack a fixed gate, or the identity "i", ``count`` times: (count, 2, 2, 1).

    Raises:
        ValueError: There is no such gate, or it takes an angle.
    """
    matrix = find_fixed_matrix(gate, real=False)
    return Pair(_repeat(matrix.real, count), _repeat(matrix.imag, count))


def _repeat(matrix: NDArray[np.float64], count: int) -> Tensor:
    stack = np.repeat(matrix.astype(np.float32)[None, :, :, None], count, axis=0)
    return ops.convert_to_tensor(stack)


def rx(angles: Tensor) -> Pair:
    """Return RX gates exp(-i t X / 2) of angles (k, ...) in radians: (k, 2, 2, ...)."""
    cos, sin, zero = _halve(angles)
    return Pair(_stack([[cos, zero], [zero, cos]]), _stack([[zero, -sin], [-sin, zero]]))


def ry(angles: Tensor) -> Tensor:
    """Return RY gates exp(-i t Y / 2) of angles (k, ...) in radians: (k, 2, 2, ...)."""
    cos, sin, _ = _halve(angles)
    return _stack([[cos, -sin], [sin, cos]])


def rz(angles: Tensor) -> Pair:
    """Return RZ gates exp(-i t Z / 2) of angles (k, ...) in radians: (k, 2, 2, ...)."""
    cos, sin, zero = _halve(angles)
    return Pair(_stack([[cos, zero], [zero, cos]]), _stack([[-sin, zero], [zero, sin]]))


def _halve(angles: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return cosine and sine of half the angles, and zeros."""
    half = ops.convert_to_tensor(angles, "float32") / 2
    return ops.cos(half), ops.sin(half), ops.zeros_like(half)


def _stack(entries: list[list[Tensor]]) -> Tensor:
    """Stack 2x2 matrices from their four entries, each (k, ...): (k, 2, 2, ...)."""
    return ops.stack([ops.stack(row, axis=1) for row in entries], axis=1)


def compose(*gates: Tensor | Pair) -> Any:
    """Multiply stacks of gates (k, 2, 2, m) that act one after the other."""
    return reduce(extend(_compose), gates)


def _compose(first: Tensor, second: Tensor) -> Tensor:
    return sum(second[:, :, i : i + 1] * first[:, i : i + 1] for i in range(2))


def arrange_blocks(angles: Tensor, blocks: int) -> Tensor:
    """Arrange the angles of several blocks, block by block, as (k, blocks)."""
    angles = ops.convert_to_tensor(angles, "float32")
    return ops.transpose(ops.reshape(angles, (blocks, -1)))


def kron(*gates: Tensor | Pair) -> list[Any]:
    """Compute the Kronecker products of stacks of gates, first qubit first.

    Args:
        gates: Stacks (k, 2, 2, blocks), or (k, 2, 2, 1) where all blocks share the gates.

    Returns:
        A matrix (2**k, 2**k) for each block, k now being the number of all gates.
    """
    product = reduce_pairwise(extend(_kron), unstack(*gates))
    blocks = map_parts(lambda part: ops.unstack(ops.transpose(part, (2, 0, 1)), axis=0), product)
    if isinstance(product, Pair):
        return [Pair(*parts) for parts in zip(*blocks, strict=True)]
    return blocks


def reduce_pairwise(function: Callable[[Any, Any], Any], items: list[Any]) -> Any:
    """Join neighbors two by two until one is left, so that large products are few."""
    while len(items) > 1:
        joined = [function(*items[i : i + 2]) for i in range(0, len(items) - 1, 2)]
        items = joined + items[2 * len(joined) :]
    return items[0]


def _kron(first: Tensor, second: Tensor) -> Tensor:
    """Compute the Kronecker product of (a, a, m) and (b, b, m), m in one of them perhaps 1.

    TensorFlow broadcasts up to five axes, of which a vectorized derivative takes one or two.
    """
    a, b = first.shape[0], second.shape[0]
    rows = ops.reshape(first, (a * a, 1, first.shape[2]))
    product = rows * ops.reshape(second, (1, b * b, second.shape[2]))
    product = ops.reshape(product, (a, a, b, b, product.shape[-1]))
    return ops.reshape(ops.transpose(product, (0, 2, 1, 3, 4)), (a * b, a * b, product.shape[-1]))


def unstack(*gates: Tensor | Pair) -> list[Any]:
    """Return the gates of several stacks, one by one."""
    return [
        map_parts(lambda part, i=i: part[i], stack)
        for stack in gates
        for i in range((stack.re if isinstance(stack, Pair) else stack).shape[0])
    ]
