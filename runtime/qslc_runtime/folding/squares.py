"""Expectations of Pauli strings as weighted sums of squares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.compiled.steps import Measure
from qslc_runtime.gates import States

_ROOT = np.sqrt(0.5)


def squares(
    states: States, measures: Sequence[Measure]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Linear forms whose squares, weighted, are the expectations.

    Args:
        states: the map to final states, (2**qubits, columns).
        measures: of all observables.

    Returns:
        The forms (columns, squares), and the weights (squares, observables).
    """
    outputs = np.concatenate([step.outputs for step in measures])
    parts = [_squares(states, step) for step in measures]
    rows = [_real_rows(form) for form, _ in parts]
    weights = np.zeros((sum(map(len, rows)), len(outputs)))
    first, column = 0, 0
    for own, (form, signs) in zip(rows, parts, strict=True):
        places = outputs[column : column + signs.shape[1]]
        weights[first : first + len(own), places] = np.tile(signs, (len(own) // len(form), 1))
        first, column = first + len(own), column + signs.shape[1]
    return np.concatenate(rows).T, weights


def joined(step: Measure) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """The basis states a, and their images b, that strings which flip bits join."""
    image = np.asarray(step.flip)
    low = np.flatnonzero(np.arange(len(image)) < image)
    return low, image[low]


def readout(step: Measure) -> NDArray[np.float64]:
    """The weights (squares, strings) of |amplitude|^2 of each basis state.

    Of strings that flip bits: of |(a + b) / sqrt(2)|^2 for all pairs, then |(a - b) / sqrt(2)|^2;
    2 Re(conj(a) b) is their difference.
    """
    signs = step.strings.dense.astype(np.float64).T
    if step.flip is None:
        return signs
    low, high = joined(step)
    weights = (signs[low] - signs[high] if step.odd else signs[low] + signs[high]) / 2
    return np.concatenate([weights, -weights])


def _real_rows(form: States) -> NDArray[np.float64]:
    """|z|^2 is the square of the real part and that of the imaginary part."""
    return np.concatenate([form.real, form.imag]) if np.iscomplexobj(form) else form.real


def _squares(states: States, step: Measure) -> tuple[States, NDArray[np.float64]]:
    """The amplitudes in the basis that the strings have in common, and the strings' signs there."""
    if step.flip is None:
        return states, readout(step)
    if step.odd and not np.iscomplexobj(states):
        return states[:1], np.zeros((1, len(step.outputs)))
    low, high = joined(step)
    a, b = states[low], states[high] * (-1j if step.odd else 1.0)
    return _ROOT * np.concatenate([a + b, a - b]), readout(step)
