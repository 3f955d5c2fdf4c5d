"""The arithmetic of a folded layer: ``(x forms)^2 readout up``."""

from __future__ import annotations

from typing import Any

from keras import ops

from qslc_runtime import kernel
from qslc_runtime.backends import with_gradient
from qslc_runtime.kernel import Tensor

FEW = 4
"""So many tokens cost little more than to read the forms, which the compiled kernel does faster."""


def outputs(
    inputs: Tensor,
    forms: Tensor,
    readout: Tensor,
    up: Tensor | None,
    *,
    normalises: bool,
    binding: Any,
) -> Tensor:
    """(tokens, encoded width) to (tokens, units), or to (tokens, observables) without ``up``.

    Args:
        inputs: (tokens, encoded width); x is these, or unit vectors along these.
        forms: (encoded width, squares)
        readout: (squares, observables)
        up: (observables, units)
        normalises: whether x is a unit vector.
        binding: of the compiled kernel (``compiled.available``), or None.
    """
    tokens = inputs.shape[0]
    if binding and tokens and tokens <= FEW and binding.runs_here():
        maps = (forms, readout, ops.zeros((0, 0)) if up is None else up)
        return with_gradient(
            lambda inputs: (binding.folded(inputs, *maps, normalises=normalises), inputs),
            lambda inputs, upstream: _slopes(inputs, forms, readout, up, normalises, upstream),
            inputs,
        )
    x = kernel.normalised(inputs) if normalises else inputs
    values = ops.matmul(ops.square(ops.matmul(x, forms)), readout)
    return values if up is None else ops.matmul(values, up)


def _slopes(
    inputs: Tensor,
    forms: Tensor,
    readout: Tensor,
    up: Tensor | None,
    normalises: bool,
    upstream: Tensor,
) -> Tensor:
    """The gradient for the inputs, from that of the outputs."""
    x, kept = kernel.unit(inputs) if normalises else (inputs, None)
    values = upstream if up is None else ops.matmul(upstream, ops.transpose(up))
    states = 2 * ops.matmul(x, forms) * ops.matmul(values, ops.transpose(readout))
    slopes = ops.matmul(states, ops.transpose(forms))
    return kernel.unit_gradient(kept, slopes) if kept else slopes
