"""Start and final states of many tokens, for qsim."""

from __future__ import annotations

import re
from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING

import cirq
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.circuit.gates import find_gate
from qslc_runtime.engines.rotations import find_rotation

if TYPE_CHECKING:
    import qsimcirq

QUBITS = 16
"""Size of a state that holds several tokens: 512 KiB, which stays in the caches."""


def parse_qubit(label: str) -> cirq.Qid:
    """Return the qubit that Cirq prints as ``label``: "q(3, 4)" or "q(3)"."""
    numbers = [int(number) for number in re.findall(r"-?\d+", label)]
    return cirq.GridQubit(*numbers) if len(numbers) == 2 else cirq.LineQubit(*numbers)


def place_vectors(
    vectors: NDArray[np.float32], places: Sequence[int], qubits: int
) -> NDArray[np.complex64]:
    """Return states of a device with a logical state on some of its qubits and |0> on the others.

    Args:
        vectors: (tokens, 2**n), logical qubit 0 the most significant bit.
        places: For each logical qubit, its index among the device qubits, which are numbered from
            the most significant bit.
        qubits: Number of qubits of the device.

    Returns:
        (tokens, 2**qubits)
    """
    axes = (0, *(1 + np.argsort(places)))
    logical = vectors.reshape((-1,) + (2,) * len(places)).transpose(axes)
    states = np.zeros((len(logical),) + (2,) * qubits, np.complex64)
    on_places = (slice(None) if q in places else 0 for q in range(qubits))
    states[(slice(None), *on_places)] = logical
    return states.reshape(len(logical), -1)


def split_first_gates(
    circuit: cirq.Circuit, own: Container[str]
) -> tuple[list[cirq.Operation], cirq.Circuit] | None:
    """Cut a circuit behind the last gates whose angles differ from token to token.

    Args:
        circuit: A circuit, each of whose symbols is the angle of one rotation.
        own: The symbols whose values differ from token to token.

    Returns:
        The gates before the cut and the circuit behind it; None if one of the first gates acts on
        several qubits: their state is then no product.
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


def make_product_states(
    first: Sequence[cirq.Operation],
    angles: Mapping[str, NDArray[np.float64]],
    qubits: Sequence[cirq.Qid],
    tokens: int,
) -> NDArray[np.complex64]:
    """Return what gates on single qubits make of |0...0>: (tokens, 2**qubits).

    Args:
        first: The gates, in order.
        angles: The angle of each symbol in radians: (tokens,).
        qubits: The qubits of the states, the most significant bit first.
        tokens: Number of tokens.
    """
    states = np.ones((tokens, 1), np.complex128)
    for qubit in qubits:
        column = np.broadcast_to(np.eye(2)[0], (tokens, 2))
        for op in first:
            if op.qubits == (qubit,):
                column = np.einsum("...ab,...b->...a", _make_matrices(op, angles), column)
        states = (states[:, :, None] * column[:, None, :]).reshape(tokens, -1)
    return states.astype(np.complex64)


def _make_matrices(
    op: cirq.Operation, angles: Mapping[str, NDArray[np.float64]]
) -> NDArray[np.complex128]:
    """Return (2, 2), or (tokens, 2, 2) for a rotation with an angle for each token."""
    names, rotation = cirq.parameter_names(op), find_rotation(op.gate)
    if not names or rotation is None:
        return cirq.unitary(op)
    return np.moveaxis(find_gate(rotation).evaluate(angles[names.pop()]), -1, 0)


def count_tokens_of_a_call(qubits: int) -> int:
    """Return how many tokens of so many qubits are simulated together, at most."""
    return 2 ** max(0, QUBITS - qubits)


def simulate_together(
    simulator: qsimcirq.QSimSimulator,
    circuit: cirq.Circuit,
    qubits: Sequence[cirq.Qid],
    starts: NDArray[np.complex64],
) -> NDArray[np.complex64]:
    """Return the final states of tokens that share a circuit: (tokens, 2**qubits), as the starts.

    The tokens, at most ``count_tokens_of_a_call``, are numbered by more qubits, on which no gate
    acts. There are as many of these in every call: a simulator that remembers how it translated a
    circuit does not look at the qubits. A circuit with noise would make the same errors in all
    tokens.
    """
    tokens = len(starts)
    numbering = [cirq.NamedQubit(f"token_{bit}") for bit in range(max(0, QUBITS - len(qubits)))]
    padded = np.zeros((2 ** len(numbering), starts.shape[1]), np.complex64)
    padded[:tokens] = starts
    _, ends, _ = simulator.simulate_into_1d_array(
        circuit, qubit_order=[*numbering, *qubits], initial_state=padded.reshape(-1)
    )
    return ends.reshape(padded.shape)[:tokens]
