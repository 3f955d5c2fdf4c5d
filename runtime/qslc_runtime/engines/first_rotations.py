"""The gates of a circuit whose angles differ from token to token, apart from what tokens share."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.engines.rotations import rotation

_PAULI = {cirq.rx: cirq.X, cirq.ry: cirq.Y, cirq.rz: cirq.Z}


def split(
    circuit: cirq.Circuit, own: Container[str]
) -> tuple[list[cirq.Operation], cirq.Circuit] | None:
    """The gates up to those with angles of a token's own, and the circuit behind them.

    Args:
        circuit: each of its symbols is the angle of one rotation.
        own: the symbols whose values differ from token to token.

    Returns:
        None if one of the first gates acts on several qubits: their state is then no product.
    """
    first: list[cirq.Operation] = []
    rest: list[cirq.Operation] = []
    past: set[cirq.Qid] = set()
    for op in reversed([*circuit.all_operations()]):
        if past.isdisjoint(op.qubits) and not any(s in own for s in cirq.parameter_names(op)):
            rest.insert(0, op)
            continue
        if len(op.qubits) > 1:
            return None
        first.insert(0, op)
        past.update(op.qubits)
    return first, cirq.Circuit(rest)


def product_states(
    first: Sequence[cirq.Operation],
    angles: Mapping[str, NDArray[np.float64]],
    qubits: Sequence[cirq.Qid],
    tokens: int,
) -> NDArray[np.complex64]:
    """What gates on single qubits make of |0...0>: (tokens, 2**qubits).

    Args:
        first: the gates, in order.
        angles: of each symbol, in radians: (tokens,).
        qubits: of the states, the most significant bit first.
        tokens: how many.
    """
    states = np.ones((tokens, 1), np.complex128)
    for qubit in qubits:
        column = np.broadcast_to(np.eye(2)[0], (tokens, 2))
        for op in first:
            if op.qubits == (qubit,):
                column = np.einsum("...ab,...b->...a", _matrix(op, angles), column)
        states = (states[:, :, None] * column[:, None, :]).reshape(tokens, -1)
    return states.astype(np.complex64)


def _matrix(
    op: cirq.Operation, angles: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.complex128]:
    """(2, 2), or (tokens, 2, 2) for exp(-i t P / 2) with an angle t for each token."""
    names = cirq.parameter_names(op)
    if not names:
        return cirq.unitary(op)
    half = angles[names.pop()][:, None, None] / 2
    return np.cos(half) * np.eye(2) - 1j * np.sin(half) * cirq.unitary(_PAULI[rotation(op.gate)])
