"""The gate set: what passes may know about a gate without knowing its matrix."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Gate:
    """A kind of gate.

    Args:
        name: as in the DSL.
        axes: for each qubit the Pauli axis along which the gate acts, so that it commutes with
            every gate that acts along the same axis there; "-" where there is none.
        rotation: whether it takes an angle t in radians: exp(-i t P / 2), controlled or not.
        self_inverse: whether applying it twice does nothing.
        controlled: whether its first qubit is a control: it acts on the last where that is 1.
        clifford: whether it maps Pauli strings to Pauli strings (rotations: see ``ir.angles``).
        real: whether its matrix is real.
        cost: how many CZ gates, and levels of two-qubit depth, it takes on a CZ device.
    """

    name: str
    axes: str
    rotation: bool = False
    self_inverse: bool = False
    controlled: bool = False
    clifford: bool = False
    real: bool = False
    cost: int = 0

    @property
    def arity(self) -> int:
        return len(self.axes)

    @property
    def diagonal(self) -> bool:
        return set(self.axes) == {"Z"}

    @property
    def symmetric(self) -> bool:
        """Whether the order of its qubits does not matter."""
        return len(set(self.axes)) == 1 and not (self.controlled and self.rotation)


_GATES = (
    Gate("rx", "X", rotation=True),
    Gate("ry", "Y", rotation=True, real=True),
    Gate("rz", "Z", rotation=True),
    Gate("h", "-", self_inverse=True, clifford=True, real=True),
    Gate("x", "X", self_inverse=True, clifford=True, real=True),
    Gate("z", "Z", self_inverse=True, clifford=True, real=True),
    Gate("s", "Z", clifford=True),
    Gate("t", "Z"),
    Gate("cnot", "ZX", self_inverse=True, controlled=True, clifford=True, real=True, cost=1),
    Gate("cz", "ZZ", self_inverse=True, controlled=True, clifford=True, real=True, cost=1),
    Gate("swap", "--", self_inverse=True, clifford=True, real=True, cost=3),
    Gate("crx", "ZX", rotation=True, controlled=True, cost=2),
    Gate("cry", "ZY", rotation=True, controlled=True, real=True, cost=2),
    Gate("crz", "ZZ", rotation=True, controlled=True, cost=2),
    Gate("rxx", "XX", rotation=True, cost=2),
    Gate("ryy", "YY", rotation=True, cost=2),
    Gate("rzz", "ZZ", rotation=True, cost=2),
)

GATES: Mapping[str, Gate] = MappingProxyType({gate.name: gate for gate in _GATES})
