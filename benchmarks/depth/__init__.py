"""Two-qubit depth and gates of compiled ansaetze, beside Qiskit, pytket, Cirq and BQSKit."""
