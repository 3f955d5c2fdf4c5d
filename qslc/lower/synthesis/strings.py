"""The strings of a form as bits, laid out for a search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qslc.ir.program import PauliString
from qslc.pauli.frame import RotationForm

_WORD = 64


@dataclass(frozen=True)
class Strings:
    """Pauli strings on the vertices of a graph, layer after layer, the observables last.

    Args:
        x: (vertices, words) uint64; a bit is 1 where a string has X or Y on the vertex.
        z: the same for Z and Y.
        layers: the words of each layer, and of the observables.
        members: (words,) uint64, 1 where a bit stands for a string.
    """

    x: NDArray[np.uint64]
    z: NDArray[np.uint64]
    layers: tuple[slice, ...]
    members: NDArray[np.uint64]


def strings(form: RotationForm, places: Sequence[int], vertices: int) -> Strings:
    """The axes of a form with program qubit q on vertex ``places[q]``."""
    layers = [tuple(rotation.axis for rotation in layer) for layer in form.layers]
    layers.append(form.observables)
    counts = [-(-len(layer) // _WORD) for layer in layers]
    stops = np.cumsum(counts, dtype=np.int64).tolist()
    words = tuple(slice(stop - count, stop) for stop, count in zip(stops, counts, strict=True))
    x, z = (np.zeros((vertices, sum(counts)), dtype=np.uint64) for _ in range(2))
    members = np.zeros(sum(counts), dtype=np.uint64)
    for layer, where in zip(layers, words, strict=True):
        for k, axis in enumerate(layer):
            word, bit = where.start + k // _WORD, np.uint64(1 << k % _WORD)
            members[word] |= bit
            _write(axis, places, x[:, word], z[:, word], bit)
    return Strings(x, z, words, members)


def _write(
    axis: PauliString,
    places: Sequence[int],
    x: NDArray[np.uint64],
    z: NDArray[np.uint64],
    bit: np.uint64,
) -> None:
    for qubit, pauli in axis.paulis:
        if pauli != "Z":
            x[places[qubit]] |= bit
        if pauli != "X":
            z[places[qubit]] |= bit
