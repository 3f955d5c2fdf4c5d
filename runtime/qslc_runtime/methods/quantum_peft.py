"""Quantum-PEFT: a low-rank update between orthogonal matrices that few angles give."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.layer.weights import add_weight
from qslc_runtime.methods.method import Method, SideLayer, check_positive


@dataclass(frozen=True)
class _PauliCircuit:
    """The Pauli parameterization of a real orthogonal matrix: a simplified two-design.

    RY on every qubit; then for each layer CZ on the pairs (0, 1), (2, 3), ... and RY on their
    qubits, and the same on (1, 2), (3, 4), ... Qubit 0 is the most significant bit of an index.

    Args:
        qubits: Number of qubits.
        layers: Number of layers.
    """

    qubits: int
    layers: int

    @property
    def angles(self) -> int:
        """Number of angles: (2 L + 1) q - 2 L."""
        return self.qubits + self.layers * 2 * (self.qubits - 1)

    def apply(self, vectors: Any, angles: Any) -> Any:
        """Return the matrix times each row of ``vectors`` (K, 2**qubits).

        Args:
            angles: Angles in radians, (angles,), in the order in which they act.
        """
        high = self.qubits // 2
        wide, narrow = 2**high, 2 ** (self.qubits - high)
        gates = _make_rotations(ops.concatenate([angles, ops.zeros((1,), angles.dtype)]))
        state = ops.reshape(vectors, (-1, wide, narrow))
        for chosen, signs in self._list_steps():
            if signs is not None:
                state = state * ops.reshape(ops.cast(signs, angles.dtype), (wide, narrow))
            left = _join_rotations(gates, chosen[:high])
            right = _join_rotations(gates, chosen[high:])
            state = ops.matmul(ops.matmul(left, state), ops.transpose(right))
        return ops.reshape(state, (-1, 2**self.qubits))

    def _list_steps(self) -> list[tuple[tuple[int, ...], NDArray[np.float32] | None]]:
        """List for each step the angle of every qubit, and the signs of the CZ before.

        The angle that is behind the last is zero, for qubits that a step leaves alone.
        """
        steps: list[tuple[tuple[int, ...], NDArray[np.float32] | None]] = []
        steps.append((tuple(range(self.qubits)), None))
        used = self.qubits
        for _ in range(self.layers):
            for first in (0, 1):
                pairs = range(first, self.qubits - 1, 2)
                turned = [qubit for pair in pairs for qubit in (pair, pair + 1)]
                places = {qubit: used + place for place, qubit in enumerate(turned)}
                used += len(turned)
                chosen = tuple(places.get(qubit, self.angles) for qubit in range(self.qubits))
                steps.append((chosen, _compute_signs(self.qubits, tuple(pairs))))
        return steps


def _make_rotations(angles: Any) -> Any:
    """Return the RY of each angle, (angles, 2, 2)."""
    cos, sin = ops.cos(angles / 2), ops.sin(angles / 2)
    rows = [ops.stack([cos, -sin], axis=-1), ops.stack([sin, cos], axis=-1)]
    return ops.stack(rows, axis=-2)


def _join_rotations(gates: Any, chosen: tuple[int, ...]) -> Any:
    """Return the tensor product of the gates that are chosen, a matrix of 2**len(chosen)."""
    joined = ops.ones((1, 1), gates.dtype)
    for number in chosen:
        size = 2 * joined.shape[0]
        spread = joined[:, None, :, None] * gates[number][None, :, None, :]
        joined = ops.reshape(spread, (size, size))
    return joined


@lru_cache(maxsize=64)
def _compute_signs(qubits: int, pairs: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the diagonal of CZ on the pairs that begin at ``pairs``."""
    bits = np.arange(2**qubits)[:, None] >> np.arange(qubits)[::-1] & 1
    both = sum((bits[:, pair] & bits[:, pair + 1] for pair in pairs), np.zeros(2**qubits, int))
    return (1 - 2 * (both % 2)).astype(np.float32)


@dataclass(frozen=True)
class _Orthogonal:
    """An orthogonal matrix of any width: one circuit, or two on overlapping windows.

    The windows are the first and the last 2**q coordinates, where 2**q is the largest power of two
    that fits; they are one if the width is a power of two.
    """

    width: int
    layers: int

    @property
    def _circuit(self) -> _PauliCircuit:
        return _PauliCircuit(self.width.bit_length() - 1, self.layers)

    @property
    def _windows(self) -> tuple[int, ...]:
        return tuple(dict.fromkeys((0, self.width - 2**self._circuit.qubits)))

    @property
    def angles(self) -> int:
        """Number of angles."""
        return len(self._windows) * self._circuit.angles

    def compute_columns(self, count: int, angles: Any) -> Any:
        """Return the first columns of the matrix, each as a row: (count, width)."""
        circuit = self._circuit
        size, share = 2**circuit.qubits, circuit.angles
        rows = ops.eye(count, self.width, dtype=angles.dtype)
        for number, start in enumerate(self._windows):
            own = angles[number * share : (number + 1) * share]
            moved = circuit.apply(rows[:, start : start + size], own)
            rows = ops.concatenate([rows[:, :start], moved, rows[:, start + size :]], axis=1)
        return rows


@keras.saving.register_keras_serializable(package="qslc_runtime")
class QuantumPeftUpdate(SideLayer):
    """``x U diag(s) V^T``: orthonormal columns U (d, rank), V (units, rank), s starts as zero."""

    linear: ClassVar[bool] = True

    def __init__(
        self, units: int, *, rank: int, layers: int = 1, seed: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(units, seed=seed, **kwargs)
        self.rank = rank
        self.layers = layers

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        width = int(input_shape[-1] or 0)
        if self.rank > min(width, self.units):
            raise ValueError(f"rank {self.rank} is above {min(width, self.units)}, the width")
        self._sides = _Orthogonal(width, self.layers), _Orthogonal(self.units, self.layers)
        rng = np.random.default_rng(self.seed)
        for name, side in zip(("angles_in", "angles_out"), self._sides, strict=True):
            start = rng.uniform(-math.pi, math.pi, side.angles).astype(np.float32)
            setattr(self, name, add_weight(self, name, start))
        self.diagonal = add_weight(self, "diagonal", np.zeros(self.rank, np.float32))

    def update(self, x: Any) -> Any:
        first, last = self._sides
        down = first.compute_columns(self.rank, ops.convert_to_tensor(self.angles_in))
        up = last.compute_columns(self.rank, ops.convert_to_tensor(self.angles_out))
        return ops.matmul(ops.matmul(x, ops.transpose(down)) * self.diagonal, up)


@dataclass(frozen=True)
class QuantumPeft(Method):
    """``y = base(x) + x U diag(s) V^T``: U and V are the first columns of orthogonal matrices.

    Each of these is a circuit of RY and CZ, the Pauli parameterization, with (2 L + 1) q - 2 L
    angles for a width of 2**q and L layers. For another width the paper has a quantum Shannon
    decomposition; here two circuits act on overlapping windows, with twice the angles. That angles
    start uniform, s as zero and that there is no ``alpha`` are choices of this implementation.
    Groups: "angles" and "diagonal". Koike-Akino et al. 2025, arXiv:2503.05431.

    Args:
        rank: Number of columns, positive, at most the smaller width.
        layers: Number of entangling layers, positive.

    Example:
        >>> from qslc_runtime.methods import QuantumPeft, attach
        >>> attach(model, QuantumPeft(rank=2), targets=("query", "value")).groups.keys()
        dict_keys(['angles', 'diagonal'])
    """

    layer_type = QuantumPeftUpdate
    rank: int
    layers: int = 1

    def __post_init__(self) -> None:
        check_positive("rank", self.rank)
        check_positive("layers", self.layers)
