"""Gradients and loops in PyTorch: the functions of ``Backend``."""

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
    return bool(ops.zeros(()).device.type == "cpu")


def map_chunks(
    function: Callable[..., Any], tokens: Any, shared: tuple[Any, ...], size: int
) -> Any:
    _, length = divide_tokens(tokens.shape[0], size)
    chunks = torch.split(tokens, max(1, length))
    return torch.cat(
        [checkpoint(function, chunk, *shared, use_reentrant=False) for chunk in chunks]
    )


def with_symmetric_derivative(
    forward: Callable[[Any], tuple[Any, Any]], derivative: Callable[[Any, Any], Any], x: Any
) -> Any:
    return _WithSymmetricDerivative.apply(x, forward, derivative)


class _WithSymmetricDerivative(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Any, forward: Any, derivative: Any) -> Any:
        y, context.kept = forward(x)
        context.derivative = derivative
        return y

    @staticmethod
    def backward(context: Any, upstream: Any) -> Any:
        return context.derivative(context.kept, upstream), None, None


def permute_rows(state: Any, order: NDArray[np.int32], inverse: NDArray[np.int32]) -> Any:
    def gather(rows: Any, order: NDArray[np.int32]) -> Any:
        return torch.index_select(rows, 0, torch.as_tensor(order, device=rows.device))

    # Nothing but reverse mode uses the derivative here, so it may be the transpose.
    return with_symmetric_derivative(
        lambda rows: (gather(rows, order), None),
        lambda _, upstream: gather(upstream, inverse),
        state,
    )


def apply_to_rows(matrix: Any, rows: Any) -> Any:
    parts = rows.reshape(rows.shape[0], -1, matrix.shape[0])
    return (parts @ matrix.T).reshape(rows.shape).T
