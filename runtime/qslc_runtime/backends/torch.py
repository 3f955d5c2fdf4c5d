"""Gradients and loops in PyTorch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from keras import ops
from numpy.typing import NDArray
from torch.utils.checkpoint import checkpoint

from qslc_runtime.backends import divide_tokens


def has_cpu_tensors() -> bool:
    """Return whether tensors are on the processor, not on an accelerator."""
    return bool(ops.zeros(()).device.type == "cpu")


def map_chunks(
    function: Callable[..., Any], tokens: Any, shared: tuple[Any, ...], size: int
) -> Any:
    """Compute ``function(tokens, *shared)`` chunk by chunk.

    Args:
        function: A function (t, FEATURES) to (t, M), of each row for itself.
        tokens: Inputs (tokens, FEATURES).
        shared: Tensors, or lists and tuples of tensors, with a gradient.
        size: Largest number of tokens of a chunk.
    """
    _, length = divide_tokens(tokens.shape[0], size)
    chunks = torch.split(tokens, max(1, length))
    return torch.cat(
        [checkpoint(function, chunk, *shared, use_reentrant=False) for chunk in chunks]
    )


def with_symmetric_derivative(
    forward: Callable[[Any], tuple[Any, Any]], derivative: Callable[[Any, Any], Any], x: Any
) -> Any:
    """Compute ``forward(x)[0]``, whose derivative is a symmetric matrix given by its products.

    Args:
        forward: A function of x to the values and to what the derivative needs.
        derivative: A function of what it needs, and of a gradient, to the product.
        x: The argument.
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


def permute_rows(state: Any, order: NDArray[np.int32], inverse: NDArray[np.int32]) -> Any:
    """Put the rows of a state in another order, and those of the gradient in the inverse order."""

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


def apply_to_qubits(matrix: Any, state: Any, first: int) -> Any:
    """Apply a gate (m, m) to the qubits from ``first`` on of a state (2**qubits, tokens)."""
    size, right = matrix.shape[0], state.shape[0] // matrix.shape[0] // 2**first * state.shape[1]
    return (matrix @ state.reshape(2**first, size, right)).reshape(state.shape)


def apply_to_rows(matrix: Any, rows: Any) -> Any:
    """Apply a matrix (m, m) to each m neighboring entries of rows (tokens, k m): (k m, tokens)."""
    parts = rows.reshape(rows.shape[0], -1, matrix.shape[0])
    return (parts @ matrix.T).reshape(rows.shape).T
