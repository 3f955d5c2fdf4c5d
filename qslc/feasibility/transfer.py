"""Pauli transfer matrices of gates and errors (Greenbaum 2015, arXiv:1509.02921).

A state of n qubits is the vector of its Pauli coefficients r[P] = tr(P rho), a channel E the matrix
R[P, Q] = tr(P E(Q)) / 2**n. The letters of a qubit are numbered I, X, Y, Z.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from itertools import product
from math import cos, sin, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from qslc.ir.gates import compute_unitary
from qslc.ir.matrices import PAULIS, Matrix
from qslc.targets.noise import Effect

Array = NDArray[np.float64]

LETTERS = "IXYZ"


def compute_transfer(matrix: Matrix) -> Array:
    """Return the transfer matrix (4**k, 4**k) of a unitary matrix on k qubits."""
    qubits = len(matrix).bit_length() - 1
    paulis = _list_paulis(qubits)
    images = np.einsum("ab,qbc,dc->qad", matrix, paulis, matrix.conj(), optimize=True)
    return np.asarray(np.einsum("pab,qba->pq", paulis, images).real / 2**qubits)


@lru_cache(maxsize=1024)
def compute_gate_transfer(gate: str, angle: float | None = None) -> Array:
    """Return the transfer matrix of a gate, the angle of a rotation in radians."""
    return compute_transfer(compute_unitary(gate, angle))


@lru_cache(maxsize=64)
def split_rotation(gate: str) -> Array:
    """Return C, D and E of the transfer matrix C + D cos t + E sin t of a rotation: (3, k, k).

    A rotation about one Pauli string: of the gates with an angle those on one qubit, and RXX, RYY,
    RZZ.
    """
    none, quarter, half = (compute_gate_transfer(gate, t) for t in (0.0, np.pi / 2, np.pi))
    constant = (none + half) / 2
    return np.stack([constant, (none - half) / 2, quarter - constant])


def make_transfer(effect: Effect, rate: Any, qubits: int) -> Array:
    """Return the transfer matrix of an error on one qubit or two.

    Of an effect that is not in ``_CHANNELS``, that of random Pauli errors of its probability.
    """
    known = _CHANNELS.get(effect.name)
    return known(rate) if known else _depolarize(effect.error(rate), qubits)


def _depolarize(rate: float, qubits: int) -> Array:
    size = 4**qubits
    kept = np.full(size, 1 - rate * size / (size - 1))
    kept[0] = 1
    return np.diag(kept)


def _damp(rate: float) -> Array:
    transfer = np.diag([1, sqrt(1 - rate), sqrt(1 - rate), 1 - rate])
    transfer[3, 0] = rate
    return transfer


def _dephase(rate: float) -> Array:
    return np.diag([1, 1 - 2 * rate, 1 - 2 * rate, 1])


def _turn(angles: tuple[float, float]) -> Array:
    theta, phi = angles
    matrix = np.eye(4, dtype=complex)
    matrix[1, 1] = matrix[2, 2] = cos(theta)
    matrix[1, 2] = matrix[2, 1] = -1j * sin(theta)
    matrix[3, 3] = complex(cos(phi), -sin(phi))
    return compute_transfer(matrix)


_CHANNELS: Mapping[str, Callable[[Any], Array]] = {
    "one_qubit": lambda rate: _depolarize(rate, 1),
    "two_qubit": lambda rate: _depolarize(rate, 2),
    "amplitude_damping": _damp,
    "dephasing": _dephase,
    "coherent": _turn,
}


@lru_cache(maxsize=4)
def _list_paulis(qubits: int) -> NDArray[np.complex128]:
    strings = [np.eye(1, dtype=complex)]
    for _ in range(qubits):
        strings = [np.kron(done, PAULIS[p]) for done, p in product(strings, LETTERS)]
    return np.stack(strings)
