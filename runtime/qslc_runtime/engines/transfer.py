"""Circuits with errors as Pauli transfer matrices, fused to one matrix for the gates of a pair.

A state of n qubits is the vector of its Pauli coefficients r[P] = tr(P rho), real, and a channel E
the real matrix R[P, Q] = tr(P E(Q)) / 2**n of Greenbaum (2015), arXiv:1509.02921. An observable o
has the expectation o . r; it is carried back through a channel by R transposed. The letters of a
qubit are numbered I, X, Y, Z; qubit 0 is the most significant of them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache, partial, reduce
from typing import Any, TypeAlias

import cirq
import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.circuit.gates import GATES
from qslc_runtime.engines.rotations import find_rotation

Tensor: TypeAlias = Any
"""A tensor of the Keras backend."""

GROUND = (1.0, 0.0, 0.0, 1.0)
"""Pauli coefficients of a qubit in |0>."""

_KEPT = 2**24
"""Numbers that a gradient keeps of a circuit, 64 MiB; of a larger one it computes parts again."""

_LETTERS = np.stack([np.eye(2), *(GATES[name].matrix for name in ("rx", "ry", "rz"))])


@lru_cache(maxsize=4096)
def compute_transfer_matrix(gate: cirq.Gate) -> NDArray[np.float64]:
    """Return the Pauli transfer matrix of a gate or channel on k qubits: (4**k, 4**k)."""
    kraus = np.stack(cirq.kraus(gate))
    qubits = kraus.shape[-1].bit_length() - 1
    paulis = np.stack([reduce(np.kron, p) for p in itertools.product(_LETTERS, repeat=qubits)])
    images = np.einsum("kab,qbc,kdc->qad", kraus, paulis, kraus.conj(), optimize=True)
    return np.einsum("pab,qba->pq", paulis, images).real / 2**qubits


def make_pauli_coefficients(vectors: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Return the Pauli coefficients of real states: (rows, 2**n) to (rows, 4**n)."""
    rows, size = vectors.shape
    matrices = (vectors[:, :, None] * vectors[:, None, :]).astype(np.complex128)
    while size > 1:
        size //= 2
        blocks = matrices.reshape(rows, -1, 2, size, 2, size)
        matrices = np.einsum("rmiakb,pki->rmpab", blocks, _LETTERS)
    coefficients: NDArray[np.float64] = matrices.reshape(rows, -1).real
    return coefficients


def make_rotation_parts(name: str) -> NDArray[np.float64]:
    """Return C, D and E of the transfer matrix C + D cos t + E sin t of a rotation: (3, 4, 4)."""
    pauli = GATES[name].matrix
    commutators = -0.5j * (pauli @ _LETTERS - _LETTERS @ pauli)
    turned = np.einsum("pab,qba->pq", _LETTERS, commutators).real / 2
    kept = np.diag(1 - np.abs(turned).sum(axis=0))
    return np.stack([kept, np.eye(4) - kept, turned])


@dataclass(frozen=True, slots=True, eq=False)
class _Run:
    """One-qubit gates and errors in a row: K_0, R_1, K_1, R_2, ...; K fixed, R rotations.

    Args:
        fixed: The transfer matrices K, each (4, 4).
        angles: Names of the angles of the rotations R, one fewer.
    """

    fixed: tuple[NDArray[np.float64], ...] = (np.eye(4),)
    angles: tuple[str, ...] = ()

    def then(self, op: cirq.Operation) -> _Run:
        names = cirq.parameter_names(op)
        if names:
            return _Run((*self.fixed, np.eye(4)), (*self.angles, *names))
        *before, last = self.fixed
        return _Run((*before, compute_transfer_matrix(op.gate) @ last), self.angles)


_EMPTY = _Run()


class TransferCircuit:
    """A circuit of gates and errors, as one matrix for the gates on a pair that follow each other.

    Two-qubit gates on a pair between which no other two-qubit gate acts on its qubits, their errors
    and the one-qubit gates and errors before and between them are one matrix on the Pauli letters
    of the pair. What follows the last two-qubit gate of a qubit is one matrix on its letter.

    Args:
        operations: Gates and channels on one and two qubits, in order. Of symbolic ones, each is a
            rotation of one qubit, and its symbol, which occurs once, is its angle.
        qubits: The qubits of the states, the most significant one first.

    Attributes:
        angles: Names of the angles, in the order that ``compute_matrices`` takes them.
        pairs: Positions of the qubits of each pair's matrix, in the order of time.
    """

    def __init__(self, operations: Sequence[cirq.Operation], qubits: Sequence[cirq.Qid]) -> None:
        runs = [_EMPTY] * len(qubits)
        before: list[_Run] = []
        channels: list[NDArray[np.float64]] = []
        groups: list[list[int]] = []  # the gates of each pair's matrix
        latest: list[list[int]] = [[]] * len(qubits)
        self.pairs: list[tuple[int, int]] = []
        for op in operations:
            on = tuple(qubits.index(qubit) for qubit in op.qubits)
            if len(on) == 1:
                runs[on[0]] = runs[on[0]].then(op)
                continue
            pair, matrix = _sort_pair(on, compute_transfer_matrix(op.gate))
            group = latest[pair[0]]
            follows = bool(group) and group is latest[pair[1]]
            if follows and all(runs[q] is _EMPTY for q in pair):
                channels[group[-1]] = matrix @ channels[group[-1]]
                continue
            if not follows:
                group = []
                groups.append(group)
                self.pairs.append(pair)
            group.append(len(channels))
            channels.append(matrix)
            before += [runs[q] for q in pair]
            for q in pair:
                runs[q], latest[q] = _EMPTY, group
        rotations = [op for op in operations if cirq.is_parameterized(op)]
        self.angles = tuple(name for op in rotations for name in cirq.parameter_names(op))
        self._channels = np.reshape(channels, (-1, 16, 4, 4)).astype(np.float32)
        self._rotations = _stack_rotations(rotations)
        self._fixed, self._columns = _stack_runs([*before, *runs], self.angles)
        self._gates = _stack_groups(groups, len(channels))

    def compute_matrices(self, angles: Tensor) -> tuple[Tensor, Tensor]:
        """Compute the matrices of the pairs, and those of the qubits that follow them.

        Args:
            angles: (rows, A) in radians.

        Returns:
            (rows, pairs, 16, 16) and (rows, qubits, 4, 4)
        """
        turned = _turn(self._rotations, angles)
        runs: Tensor = self._fixed[:, 0]
        for i, columns in enumerate(self._columns.T):
            runs = self._fixed[:, i + 1] @ ops.take(turned, columns, axis=1) @ runs
        rows, count = ops.shape(angles)[0], len(self._channels)
        runs = ops.broadcast_to(runs, (rows, *self._fixed[:, 0].shape))
        sides = ops.reshape(runs[:, : 2 * count], (rows, count, 2, 4, 4))
        half = ops.einsum("smij,rsjl->rsmil", self._channels, sides[:, :, 1])
        gates = ops.einsum("rsmil,rsik->rsmkl", half, sides[:, :, 0])
        gates = ops.reshape(gates, (rows, count, 16, 16))
        return self._multiply_gates(gates), runs[:, 2 * count :]

    def _multiply_gates(self, gates: Tensor) -> Tensor:
        """Return the matrix of each pair from those of its gates: (rows, pairs, 16, 16)."""
        first, *others = self._gates.T
        if not others:
            return gates
        identity = ops.broadcast_to(ops.eye(16), (ops.shape(gates)[0], 1, 16, 16))
        gates = ops.concatenate([gates, identity], axis=1)
        products = ops.take(gates, first, axis=1)
        for gate in others:
            products = ops.take(gates, gate, axis=1) @ products
        return products

    def carry_back(self, matrices: tuple[Tensor, Tensor], observables: Tensor) -> Tensor:
        """Return the Pauli coefficients of observables before the circuit: (M, 4**n).

        Args:
            matrices: As ``compute_matrices`` returns them, of one row.
            observables: The factor of each observable on each qubit: (M, n, 4).
        """
        pairs, last = matrices
        factors = ops.einsum("mqp,qpr->mqr", observables, last[0])
        turned = ops.transpose(pairs, (1, 0, 3, 2))[::-1]
        return _apply_pairs(turned, multiply_out(factors), self.pairs[::-1])

    def count_numbers(self, observables: int) -> int:
        """Return how many numbers the gradient of ``evaluate`` keeps of each row."""
        count = self._fixed.shape[0] - 2 * len(self._channels)
        states = observables * 2**count if not self.pairs else 4**count * (1 + len(self.pairs))
        return states + 16 * self._fixed.shape[0] + 2 * 256 * len(self._channels)

    def evaluate(self, matrices: tuple[Tensor, Tensor], observables: Tensor) -> Tensor:
        """Return the expectations of observables (M, 4**n) after the circuit: (rows, M)."""
        pairs, last = matrices
        if self.pairs:
            return self._run(pairs, last) @ ops.transpose(observables)
        # Of a product of qubits two halves are multiplied out, and never the whole.
        count = last.shape[1]
        factors = ops.einsum("rqij,j->rqi", last, ops.convert_to_tensor(GROUND, "float32"))
        if count == 1:
            return factors[:, 0] @ ops.transpose(observables)
        high, low = multiply_out(factors[:, : count // 2]), multiply_out(factors[:, count // 2 :])
        parts = ops.reshape(observables, (-1, high.shape[1], low.shape[1]))
        table = ops.reshape(ops.transpose(parts, (2, 0, 1)), (low.shape[1], -1))
        halves = ops.reshape(low @ table, (-1, observables.shape[0], high.shape[1]))
        return ops.einsum("rmh,rh->rm", halves, high)

    def _run(self, pairs: Tensor, last: Tensor) -> Tensor:
        """Return the Pauli coefficients of the states that |0...0> becomes: (rows, 4**n)."""
        ground = ops.convert_to_tensor(GROUND, "float32")
        start = multiply_out(ops.tile(ground, (ops.shape(pairs)[0], last.shape[1], 1)))
        states = _apply_pairs(ops.transpose(pairs, (1, 0, 2, 3)), start, self.pairs)
        for q in range(last.shape[1]):
            parts = ops.reshape(states, (-1, 4**q, 4, states.shape[1] // 4 ** (q + 1)))
            states = ops.reshape(last[:, q, None] @ parts, (-1, states.shape[1]))
        return states


def multiply_out(factors: Tensor) -> Tensor:
    """Return the tensor products of factors (rows, n, 4): (rows, 4**n)."""
    products = factors[:, 0]
    for q in range(1, factors.shape[1]):
        outer = products[:, :, None] * factors[:, q, None]
        products = ops.reshape(outer, (-1, 4 ** (q + 1)))
    return products


def _apply_pairs(matrices: Tensor, states: Tensor, pairs: Sequence[tuple[int, int]]) -> Tensor:
    """Apply the matrices of pairs, (pairs, rows, 16, 16), one after another.

    The letters of a pair are put in front and stay there: each matrix takes one transposition.

    Args:
        matrices: With as many rows as the states, or with one.
        states: (rows, 4**n)
        pairs: Positions of the qubits of each matrix.
    """
    width = states.shape[1]
    order = list(range((width.bit_length() - 1) // 2))
    steps = []
    for pair in pairs:
        steps.append((order.index(pair[0]), order.index(pair[1])))
        order = [*pair, *(q for q in order if q not in pair)]

    def apply(matrices: Tensor, states: Tensor, first: int, last: int) -> Tensor:
        for k in range(first, last):
            states = _apply_pair(matrices[k - first], states, *steps[k])
        return states

    rows = states.shape[0] or 1
    part = len(steps) if rows * width * len(steps) <= _KEPT else math.isqrt(len(steps))
    for first in range(0, len(steps), max(1, part)):
        last = min(first + part, len(steps))
        step = partial(apply, first=first, last=last)
        kept = part == len(steps)
        states = (step if kept else keras.remat(step))(matrices[first:last], states)
    tensor = ops.reshape(states, (-1, *(4 for _ in order)))
    axes = (0, *(1 + order.index(q) for q in range(len(order))))
    return ops.reshape(ops.transpose(tensor, axes), (-1, width))


def _apply_pair(matrix: Tensor, states: Tensor, first: int, second: int) -> Tensor:
    """Apply (rows, 16, 16) to the letters at two places, which move to the front."""
    width = states.shape[1]
    low, high = sorted((first, second))
    sizes = (4**low, 4, 4 ** (high - low - 1), 4)
    tensor = ops.reshape(states, (-1, *sizes, width // math.prod(sizes)))
    axes = (0, 2, 4, 1, 3, 5) if first < second else (0, 4, 2, 1, 3, 5)
    tensor = ops.reshape(ops.transpose(tensor, axes), (-1, 16, width // 16))
    return ops.reshape(matrix @ tensor, (-1, width))


def _sort_pair(
    on: tuple[int, ...], matrix: NDArray[np.float64]
) -> tuple[tuple[int, int], NDArray[np.float64]]:
    first, second = on
    if first < second:
        return (first, second), matrix
    return (second, first), matrix.reshape(4, 4, 4, 4).transpose(1, 0, 3, 2).reshape(16, 16)


def _stack_rotations(rotations: Sequence[cirq.Operation]) -> NDArray[np.float32]:
    """Return the parts of each rotation and, last, of the identity: (A + 1, 3, 4, 4)."""
    parts = [make_rotation_parts(find_rotation(op.gate) or str(op.gate)) for op in rotations]
    identity = np.stack([np.eye(4), *np.zeros((2, 4, 4))])
    return np.stack([*parts, identity]).astype(np.float32)


def _stack_runs(
    runs: Sequence[_Run], angles: Sequence[str]
) -> tuple[NDArray[np.float32], NDArray[np.int32]]:
    """Return the fixed matrices (runs, L + 1, 4, 4) and the rotations (runs, L) between them."""
    longest = max((len(run.angles) for run in runs), default=0)
    fixed = np.tile(np.eye(4, dtype=np.float32), (len(runs), longest + 1, 1, 1))
    columns = np.full((len(runs), longest), len(angles), np.int32)
    for row, run in enumerate(runs):
        fixed[row, : len(run.fixed)] = run.fixed
        columns[row, : len(run.angles)] = [angles.index(name) for name in run.angles]
    return fixed, columns


def _stack_groups(groups: Sequence[Sequence[int]], gates: int) -> NDArray[np.int32]:
    """Return the gates of each group in a row, filled up with the number of gates."""
    longest = max(map(len, groups), default=1)
    rows = [[*group, *[gates] * (longest - len(group))] for group in groups]
    return np.array(rows, np.int32).reshape(-1, longest)


def _turn(rotations: NDArray[np.float32], angles: Tensor) -> Tensor:
    """Return the matrices of rotations (A + 1, 3, 4, 4) by angles (rows, A)."""
    padded = ops.pad(angles, ((0, 0), (0, 1)))[:, :, None, None]
    fixed, cos, sin = rotations[:, 0], rotations[:, 1], rotations[:, 2]
    return fixed + cos * ops.cos(padded) + sin * ops.sin(padded)
