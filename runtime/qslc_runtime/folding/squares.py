"""Write expectations of Pauli strings as weighted sums of squares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.circuit.gates import States
from qslc_runtime.circuit.steps import Measure

_ROOT = np.sqrt(0.5)


def find_squares(
    states: States, measures: Sequence[Measure]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Find linear forms whose squares, weighted, are the expectations.

    Args:
        states: The map to final states, (2**qubits, columns).
        measures: The measurements of all observables.

    Returns:
        The forms (columns, squares), and the weights (squares, observables).
    """
    outputs = np.concatenate([step.outputs for step in measures])
    parts = [_rotate_basis(states, step) for step in measures]
    rows = [_split_complex(form) for form, _ in parts]
    weights = np.zeros((sum(map(len, rows)), len(outputs)))
    first, column = 0, 0
    for own, (form, signs) in zip(rows, parts, strict=True):
        places = outputs[column : column + signs.shape[1]]
        weights[first : first + len(own), places] = np.tile(signs, (len(own) // len(form), 1))
        first, column = first + len(own), column + signs.shape[1]
    return np.concatenate(rows).T, weights


def join_flipped(step: Measure) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Return the basis states a, and their images b, that strings which flip bits join."""
    if step.flip is None:
        raise ValueError("the strings flip no qubit")
    image = step.flip.table
    low = np.flatnonzero(np.arange(len(image)) < image)
    return low, image[low]


def make_readout(step: Measure) -> NDArray[np.float64]:
    """Return the weights (squares, strings) of |amplitude|^2 of each basis state.

    Of strings that flip bits: of |(a + b) / sqrt(2)|^2 for all pairs, then |(a - b) / sqrt(2)|^2;
    2 Re(conj(a) b) is their difference.
    """
    signs = step.strings.dense.astype(np.float64).T
    if step.flip is None:
        return signs
    low, high = join_flipped(step)
    weights = (signs[low] - signs[high] if step.odd else signs[low] + signs[high]) / 2
    return np.concatenate([weights, -weights])


def _split_complex(form: States) -> NDArray[np.float64]:
    """Return real and imaginary parts one below the other: |z|^2 is the sum of their squares."""
    return np.concatenate([form.real, form.imag]) if np.iscomplexobj(form) else form.real


def _rotate_basis(states: States, step: Measure) -> tuple[States, NDArray[np.float64]]:
    """Return the amplitudes in the common basis of the strings, and the strings' signs there."""
    if step.flip is None:
        return states, make_readout(step)
    if step.odd and not np.iscomplexobj(states):
        return states[:1], np.zeros((1, len(step.outputs)))
    low, high = join_flipped(step)
    a, b = states[low], states[high] * (-1j if step.odd else 1.0)
    return _ROOT * np.concatenate([a + b, a - b]), make_readout(step)
