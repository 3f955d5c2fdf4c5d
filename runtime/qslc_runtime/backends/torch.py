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


def with_gradient(
    forward: Callable[[Any], tuple[Any, Any]], backward: Callable[[Any, Any], Any], x: Any
) -> Any:
    """``forward(x)[0]``, whose gradient is ``backward(forward(x)[1], upstream)``."""

    class Function(torch.autograd.Function):
        @staticmethod
        def forward(context: Any, x: Any) -> Any:
            y, context.kept = forward(x)
            return y

        @staticmethod
        def backward(context: Any, upstream: Any) -> Any:
            return backward(context.kept, upstream)

    return Function.apply(x)


def gathered(state: Any, order: NDArray[np.int32]) -> Any:
    """The rows of a state in another order."""
    return torch.index_select(state, 0, torch.as_tensor(order, device=state.device))


def multiplied(matrix: Any, state: Any, first: int) -> Any:
    """A gate (m, m) on neighbouring qubits from ``first`` on of a state (2**qubits, tokens)."""
    size, right = matrix.shape[0], state.shape[0] // matrix.shape[0] // 2**first * state.shape[1]
    return (matrix @ state.reshape(2**first, size, right)).reshape(state.shape)


def turned(matrix: Any, rows: Any) -> Any:
    """A matrix (m, m) on each m neighbouring entries of rows (tokens, k m): (k m, tokens)."""
    parts = rows.reshape(rows.shape[0], -1, matrix.shape[0])
    return (parts @ matrix.T).reshape(rows.shape).T
