"""The peers by the name of their file, and whether that is how they are ordinarily used."""

from __future__ import annotations

PEERS: dict[str, bool] = {
    "qiskit_o3": True,
    "tket": True,
    "cirq_router": True,
    "qiskit_linear": False,
    "tket_aware": False,
    "tket_then_qiskit": False,
}
