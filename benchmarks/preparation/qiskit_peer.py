"""Count the gates of Qiskit's state preparation on a line; runs in an environment that has Qiskit.

python qiskit_peer.py STATES.npy prints the mean of CZ and of CZ levels.
"""

from __future__ import annotations

import json
import sys

import numpy as np
from numpy.typing import NDArray
from qiskit import QuantumCircuit, transpile
from qiskit.circuit.library import StatePreparation


def main() -> None:
    counts = [_count(state) for state in np.load(sys.argv[1])]
    print(json.dumps(np.mean(counts, axis=0).tolist()))


def _count(state: NDArray[np.float64]) -> tuple[int, int]:
    qubits = len(state).bit_length() - 1
    circuit = QuantumCircuit(qubits)
    circuit.append(StatePreparation(state), range(qubits))
    line = [[a, b] for i in range(qubits - 1) for a, b in ((i, i + 1), (i + 1, i))]
    native = transpile(
        circuit,
        basis_gates=["rz", "sx", "x", "cz"],
        coupling_map=line,
        optimization_level=3,
        seed_transpiler=0,
    )
    return native.num_nonlocal_gates(), native.depth(lambda step: step.operation.num_qubits == 2)


if __name__ == "__main__":
    main()
