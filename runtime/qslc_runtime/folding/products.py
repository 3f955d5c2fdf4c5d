"""Compute a folded layer: states linear in x, their squares, and sums of these."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from keras import ops

from qslc_runtime.circuit.matrices import Tensor
from qslc_runtime.circuit.states import normalize
from qslc_runtime.compiled import Binding

FEW = 4
"""Largest number of tokens that cost little more than to read the maps, where the compiled kernel
is faster (measured)."""


class Maps(NamedTuple):
    """Matrices of a folded layer; one that it does not have is empty.

    The state of x is ``x forms``; or, if there are L factors, x filled up with zeros becomes
    ``signs * x[order]`` and then, as a matrix (A, B), ``left x right``, factor by factor.

    Args:
        forms: Matrix (encoded width, squares).
        order: Orders (L, squares), int32.
        signs: Signs (L, squares).
        left: Matrices (L, A, A).
        right: Matrices (L, B, B) with A B = squares.
        readout: Weights (squares, observables).
        up: Linear map (observables, units).
    """

    forms: Tensor = np.zeros((0, 0), np.float32)
    order: Tensor = np.zeros((0, 0), np.int32)
    signs: Tensor = np.zeros((0, 0), np.float32)
    left: Tensor = np.zeros((0, 0, 0), np.float32)
    right: Tensor = np.zeros((0, 0, 0), np.float32)
    readout: Tensor = np.zeros((0, 0), np.float32)
    up: Tensor = np.zeros((0, 0), np.float32)

    @property
    def width(self) -> int:
        """Width of the outputs: the units, or without ``up`` the observables."""
        return int(self.up.shape[1] or self.readout.shape[1])


def compute_outputs(
    inputs: Tensor, maps: Maps, *, normalizes: bool, binding: Binding | None
) -> Tensor:
    """Compute the outputs (tokens, width) of inputs (tokens, encoded width).

    Args:
        inputs: The vectors x, or vectors whose unit vectors are x.
        maps: What x is multiplied by.
        normalizes: Whether the inputs are made unit vectors first.
        binding: Binding of the compiled kernel (``compiled.find_binding``), or None.
    """

    def exact(inputs: Tensor) -> Tensor:
        x = normalize(inputs) if normalizes else inputs
        values = ops.matmul(ops.square(compute_states(x, maps)), maps.readout)
        return ops.matmul(values, maps.up) if maps.up.shape[1] else values

    tokens = inputs.shape[0]
    if binding and tokens and tokens <= FEW and binding.runs_here():
        return binding.compute_folded(inputs, maps, normalizes=normalizes, exact=exact)
    return exact(inputs)


def compute_states(x: Tensor, maps: Maps) -> Tensor:
    """Compute the states (tokens, squares) of vectors (tokens, encoded width)."""
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
