"""Many tokens in one call of qsim."""

from __future__ import annotations

from collections.abc import Sequence

import cirq
import numpy as np
import qsimcirq
from numpy.typing import NDArray

QUBITS = 16
"""Of a state that holds several tokens: 512 KiB, which stays in the caches from gate to gate."""


def tokens_of_a_call(qubits: int) -> int:
    """How many tokens of so many qubits are simulated together, at most."""
    return 2 ** max(0, QUBITS - qubits)


def final_states(
    simulator: qsimcirq.QSimSimulator,
    circuit: cirq.Circuit,
    qubits: Sequence[cirq.Qid],
    starts: NDArray[np.complex64],
) -> NDArray[np.complex64]:
    """The final states of tokens that share a circuit: (tokens, 2**qubits), like the starts.

    The tokens, at most ``tokens_of_a_call``, are numbered by more qubits, on which no gate acts.
    There are as many of these in every call: a simulator that remembers how it translated a
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
