"""Carry observables backwards through a circuit, as sums of Pauli strings.

The Heisenberg picture of Gottesman (1998), arXiv:quant-ph/9807006. A Clifford gate maps a Pauli
string to one Pauli string; any other gate branches into at most 4**k of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from itertools import product

import numpy as np
from numpy.typing import NDArray

from qslc.diagnostics import Diagnostic, InputError
from qslc.ir.matrices import PAULIS, Matrix
from qslc.ir.program import PauliString

LETTERS = "IXYZ"
MAX_TERMS = 2**20
"""Number of terms that all sums may have together: 80 megabytes at 60 qubits."""
_EPSILON = 1e-12
_TOO_MANY_TERMS = Diagnostic(
    "the circuit has too many qubits to simulate and too many gates with constant angles other "
    "than multiples of pi/2 to verify",
    help="T gates and such angles double the work, each time an observable meets one",
)

Gate = tuple[tuple[int, ...], Sequence[Matrix]]
"""Qubits, and a matrix that holds at all points or one for each."""


@dataclass(frozen=True, slots=True)
class Terms:
    """A sum of Pauli strings for each of several observables at each point.

    A point is a value for every angle. There is one column for each term.

    Args:
        paulis: Index in "IXYZ" of each letter, uint8, shape (qubits, terms).
        coefficients: Coefficients, float64, shape (terms,).
        owners: Sum that the term belongs to, those of the first point first, int32, shape
            (terms,).
        points: Point that the sum is at, int32, shape (terms,).
    """

    paulis: NDArray[np.uint8]
    coefficients: NDArray[np.float64]
    owners: NDArray[np.int32]
    points: NDArray[np.int32]


def make_terms(observables: Sequence[PauliString], qubits: int, points: int = 1) -> Terms:
    """Return the observables themselves, at each point."""
    paulis = np.zeros((qubits, len(observables)), dtype=np.uint8)
    for column, observable in enumerate(observables):
        for qubit, pauli in observable.paulis:
            paulis[qubit, column] = LETTERS.index(pauli)
    signs = np.array([observable.sign for observable in observables], dtype=np.float64)
    return Terms(
        np.tile(paulis, points),
        np.tile(signs, points),
        np.arange(points * len(observables), dtype=np.int32),
        np.repeat(np.arange(points, dtype=np.int32), len(observables)),
    )


def propagate(terms: Terms, gates: Iterable[Gate]) -> Terms:
    """Return U^dagger P U of every term P, for the circuit U.

    Args:
        terms: Terms at the end of the circuit.
        gates: Gates, the last one first.

    Raises:
        InputError: There are more than ``MAX_TERMS`` terms.
    """
    terms = replace(terms, paulis=terms.paulis.copy(), coefficients=terms.coefficients.copy())
    merged = len(terms.owners)
    for qubits, matrices in gates:
        code = _encode(terms, qubits)
        if not code.any():
            continue
        transfers = [_compute_transfer(matrix.tobytes(), len(qubits)) for matrix in matrices]
        tables, images = map(np.array, zip(*transfers, strict=True))
        terms = _conjugate(terms, code, qubits, tables, images)
        if len(terms.owners) > 2 * merged:
            terms = simplify(terms)
            merged = len(terms.owners)
            if merged > MAX_TERMS:
                raise InputError(_TOO_MANY_TERMS)
    return simplify(terms)


def simplify(terms: Terms) -> Terms:
    """Add up equal strings of one observable, and leave out those that cancel."""
    owners = terms.owners[:, None].view(np.uint8)
    rows = np.ascontiguousarray(np.concatenate([owners, terms.paulis.T], axis=1))
    keys = rows.view(np.dtype((np.void, rows.shape[1])))[:, 0]
    _, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    sums = np.zeros(len(first))
    np.add.at(sums, inverse, terms.coefficients)
    left = np.abs(sums) > _EPSILON
    chosen = first[left]
    return Terms(terms.paulis[:, chosen], sums[left], terms.owners[chosen], terms.points[chosen])


def _encode(terms: Terms, qubits: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return the local Pauli of each term in base 4, the first qubit most significant."""
    code: NDArray[np.uint8] = terms.paulis[qubits[0]].copy()
    for qubit in qubits[1:]:
        code = 4 * code + terms.paulis[qubit]
    return code


def _conjugate(
    terms: Terms,
    code: NDArray[np.uint8],
    qubits: tuple[int, ...],
    tables: NDArray[np.float64],
    images: NDArray[np.int64],
) -> Terms:
    """Return the terms before a gate, whose transfer holds at all points or at one each."""
    at = terms.points if len(tables) > 1 else np.zeros_like(terms.points)
    image = images[at, code]
    if (image >= 0).all():
        terms.coefficients[:] *= tables[at, code, image]
        _replace(terms.paulis, qubits, image)
        return terms
    matrix = tables[at, code]
    source, image = np.nonzero(matrix)
    paulis = terms.paulis[:, source]
    _replace(paulis, qubits, image)
    coefficients = terms.coefficients[source] * matrix[source, image]
    return Terms(paulis, coefficients, terms.owners[source], terms.points[source])


def _replace(paulis: NDArray[np.uint8], qubits: tuple[int, ...], code: NDArray[np.int64]) -> None:
    """Write local Paulis in base 4 to their qubits."""
    for qubit in reversed(qubits):
        paulis[qubit] = code & 3
        code = code >> 2


@lru_cache(maxsize=4096)
def _compute_transfer(matrix: bytes, arity: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return the coefficients of U^dagger P U, P in a row, and where the only one is, or -1."""
    gate = np.frombuffer(matrix, dtype=np.complex128).reshape(2**arity, 2**arity)
    letters = product(LETTERS, repeat=arity)
    strings = [reduce(np.kron, [PAULIS[letter] for letter in each]) for each in letters]
    conjugated = [gate.conj().T @ string @ gate for string in strings]
    table = np.array([[np.trace(q @ c).real / 2**arity for q in strings] for c in conjugated])
    table[np.abs(table) < _EPSILON] = 0
    branches = np.count_nonzero(table, axis=1)
    return table, np.where(branches == 1, np.argmax(table != 0, axis=1), -1)
