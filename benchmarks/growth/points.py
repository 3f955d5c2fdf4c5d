"""Points that the benchmark measures."""

from __future__ import annotations

from dataclasses import dataclass, replace

PATHS = ("native", "generic")
"""The engine as it chooses for itself, and its keras.ops code."""


@dataclass(frozen=True)
class Point:
    """Layers of RY and a ring of CNOT on an encoded vector, then Z on every qubit."""

    qubits: int = 10
    layers: int = 4
    tokens: int = 1024

    @property
    def features(self) -> int:
        return min(768, 2**self.qubits)


BASE = Point()
SWEEPS = {
    "qubits": [replace(BASE, qubits=n, tokens=256) for n in range(4, 17, 2)],
    "layers": [replace(BASE, layers=n) for n in (1, 2, 4, 8, 16, 32)],
    "tokens": [replace(BASE, tokens=4**n) for n in range(8)],
}
"""Points by what grows."""
