"""The arithmetic of a folded layer: states linear in x, their squares, and sums of these."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras import ops

from qslc_runtime import kernel
from qslc_runtime.kernel import Tensor

FEW = 4
"""So many tokens cost little more than to read the maps, which the compiled kernel does faster."""


class Maps(NamedTuple):
    """What a folded layer multiplies by; what it does not have is empty.

    The state of x is ``x forms``; or, if there are L factors, x filled up with zeros becomes
    ``signs * x[order]`` and then, as a matrix (A, B), ``left x right``, factor by factor.

    Args:
        forms: (encoded width, squares)
        order: (L, squares) int32
        signs: (L, squares)
        left: (L, A, A)
        right: (L, B, B) with A B = squares
        readout: (squares, observables)
        up: (observables, units)
    """

    forms: Tensor
    order: Tensor
    signs: Tensor
    left: Tensor
    right: Tensor
    readout: Tensor
    up: Tensor

    @property
    def width(self) -> int:
        """Of the outputs: the units, or without ``up`` the observables."""
        return int(self.up.shape[1] or self.readout.shape[1])


def outputs(inputs: Tensor, maps: Maps, *, normalises: bool, binding: Any) -> Tensor:
    """(tokens, encoded width) to (tokens, width).

    Args:
        inputs: x, or what x is the unit vector of.
        normalises: whether it is.
        binding: of the compiled kernel (``compiled.available``), or None.
    """

    def exact(inputs: Tensor) -> Tensor:
        x = kernel.normalised(inputs) if normalises else inputs
        values = ops.matmul(ops.square(states(x, maps)), maps.readout)
        return ops.matmul(values, maps.up) if maps.up.shape[1] else values

    tokens = inputs.shape[0]
    if binding and tokens and tokens <= FEW and binding.runs_here():
        return binding.folded(inputs, maps, normalises=normalises, exact=exact)
    return exact(inputs)


def states(x: Tensor, maps: Maps) -> Tensor:
    """(tokens, encoded width) to (tokens, squares)."""
    count, size = maps.signs.shape
    if not count:
        return ops.matmul(x, maps.forms)
    state = ops.pad(x, ((0, 0), (0, size - x.shape[1])))
    parts = (ops.unstack(part, count) for part in maps[1:5])
    for order, signs, left, right in zip(*parts, strict=True):
        state = ops.take(state, order, axis=1) * signs
        state = ops.reshape(state, (-1, left.shape[0], right.shape[0]))
        state = ops.reshape(ops.matmul(left, ops.matmul(state, right)), (-1, size))
    return state
