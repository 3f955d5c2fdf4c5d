"""Gradients and loops in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from keras import ops
from numpy.typing import NDArray
from torch.utils.checkpoint import checkpoint

from qslc_runtime.backends.chunks import chunk_sizes


def on_cpu() -> bool:
    """Whether tensors are on the processor, not on an accelerator."""
    return bool(ops.zeros(()).device.type == "cpu")


def over_chunks(
    function: Callable[..., Any], tokens: Any, shared: tuple[Any, ...], size: int
) -> Any:
    """``function(tokens, *shared)``, chunk by chunk.

    Args:
        function: (t, FEATURES) to (t, M), each row for itself.
        tokens: (tokens, FEATURES)
        shared: tensors, or lists and tuples of tensors, with a gradient.
        size: the most tokens of a chunk.
    """
    _, length = chunk_sizes(tokens.shape[0], size)
    chunks = torch.split(tokens, max(1, length))
    return torch.cat(
        [checkpoint(function, chunk, *shared, use_reentrant=False) for chunk in chunks]
    )


def with_symmetric_derivative(
    forward: Callable[[Any], tuple[Any, Any]], derivative: Callable[[Any, Any], Any], x: Any
) -> Any:
    """``forward(x)[0]``; its derivative, a symmetric matrix, is given by its products.

    Args:
        forward: x to the values and to what the derivative needs.
        derivative: what the derivative needs, and a gradient, to their product.
        x: where.
    """

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, x: Any) -> Any:
            y, context.kept = forward(x)
            return y

        @staticmethod
        def backward(context: Any, upstream: Any) -> Any:
            return derivative(context.kept, upstream)

    return Function.apply(x)


def permuted(state: Any, order: NDArray[np.int32], inverse: NDArray[np.int32]) -> Any:
    """The rows of a state in another order; the gradient's in the inverse order."""

    def gather(rows: Any, order: NDArray[np.int32]) -> Any:
        return torch.index_select(rows, 0, torch.as_tensor(order, device=rows.device))

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(_: Any, state: Any) -> Any:
            return gather(state, order)

        @staticmethod
        def backward(_: Any, upstream: Any) -> Any:
            return gather(upstream, inverse)

    return Function.apply(state)


def multiplied(matrix: Any, state: Any, first: int) -> Any:
    """A gate (m, m) on neighbouring qubits from ``first`` on of a state (2**qubits, tokens)."""
    size, right = matrix.shape[0], state.shape[0] // matrix.shape[0] // 2**first * state.shape[1]
    return (matrix @ state.reshape(2**first, size, right)).reshape(state.shape)


def turned(matrix: Any, rows: Any) -> Any:
    """A matrix (m, m) on each m neighbouring entries of rows (tokens, k m): (k m, tokens)."""
    parts = rows.reshape(rows.shape[0], -1, matrix.shape[0])
    return (parts @ matrix.T).reshape(rows.shape).T
