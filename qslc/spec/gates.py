"""Gates for the blocks of the Python builder, such as ``rz([1, 3], 2 * phi)`` and ``cz("ring")``.

Rotations take an angle in radians: a number, text, or anything whose text is an expression, such
as a sympy expression. "theta", the default, is a fresh weight for each gate. Two-qubit gates act
on the pairs of a pattern, or on pairs such as ``[(0, 3), (1, 2)]``, the control first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from qslc.spec.expression import FRESH

Qubits: TypeAlias = str | Iterable[int]
QubitPairs: TypeAlias = str | Iterable[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Gate:
    """One entry of a block."""

    name: str
    on: Any
    angle: str | None = None

    def data(self) -> dict[str, Any]:
        """The entry as it stands in YAML."""
        angle = {} if self.angle is None else {"angle": self.angle}
        return {self.name: {"on": self.on, **angle}}


def rx(on: Qubits = "all", angle: object = FRESH) -> Gate:
    """exp(-i angle X / 2)."""
    return Gate("rx", on, str(angle))


def ry(on: Qubits = "all", angle: object = FRESH) -> Gate:
    """exp(-i angle Y / 2)."""
    return Gate("ry", on, str(angle))


def rz(on: Qubits = "all", angle: object = FRESH) -> Gate:
    """exp(-i angle Z / 2)."""
    return Gate("rz", on, str(angle))


def h(on: Qubits = "all") -> Gate:
    """Hadamard."""
    return Gate("h", on)


def x(on: Qubits = "all") -> Gate:
    """Pauli X."""
    return Gate("x", on)


def z(on: Qubits = "all") -> Gate:
    """Pauli Z."""
    return Gate("z", on)


def s(on: Qubits = "all") -> Gate:
    """diag(1, i)."""
    return Gate("s", on)


def t(on: Qubits = "all") -> Gate:
    """diag(1, exp(i pi / 4))."""
    return Gate("t", on)


def cnot(on: QubitPairs) -> Gate:
    """X on the second qubit where the first is 1."""
    return Gate("cnot", on)


def cz(on: QubitPairs) -> Gate:
    """diag(1, 1, 1, -1)."""
    return Gate("cz", on)


def swap(on: QubitPairs) -> Gate:
    """Exchanges two qubits."""
    return Gate("swap", on)


def crx(on: QubitPairs, angle: object = FRESH) -> Gate:
    """RX on the second qubit where the first is 1."""
    return Gate("crx", on, str(angle))


def cry(on: QubitPairs, angle: object = FRESH) -> Gate:
    """RY on the second qubit where the first is 1."""
    return Gate("cry", on, str(angle))


def crz(on: QubitPairs, angle: object = FRESH) -> Gate:
    """RZ on the second qubit where the first is 1."""
    return Gate("crz", on, str(angle))


def rxx(on: QubitPairs, angle: object = FRESH) -> Gate:
    """exp(-i angle X X / 2)."""
    return Gate("rxx", on, str(angle))


def ryy(on: QubitPairs, angle: object = FRESH) -> Gate:
    """exp(-i angle Y Y / 2)."""
    return Gate("ryy", on, str(angle))


def rzz(on: QubitPairs, angle: object = FRESH) -> Gate:
    """exp(-i angle Z Z / 2)."""
    return Gate("rzz", on, str(angle))
