"""Settings: which observables are read together, and from which qubits.

A setting rotates every qubit that it needs to the Z basis and reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import sympy

from qslc.ir.program import Operation, Pauli, PauliString

_TO_Z: Mapping[Pauli, tuple[str, sympy.Expr]] = MappingProxyType(
    {"X": ("ry", -sympy.pi / 2), "Y": ("rx", sympy.pi / 2)}
)
"""Rotation that turns a Pauli operator to Z."""


@dataclass(frozen=True, slots=True)
class Setting:
    """Observables that are read from the same bits.

    Args:
        bases: Device qubits that are read, in the order of the bits, and what is read of each.
        members: Indices of the observables.
    """

    bases: tuple[tuple[int, Pauli], ...]
    members: tuple[int, ...]

    @property
    def rotations(self) -> tuple[Operation, ...]:
        """Rotations before the measurement."""
        turned = ((qubit, *_TO_Z[pauli]) for qubit, pauli in self.bases if pauli != "Z")
        return tuple(Operation(gate, (qubit,), angle) for qubit, gate, angle in turned)


def group_settings(
    observables: Sequence[PauliString], coordinates: Sequence[tuple[int, ...]]
) -> tuple[Setting, ...]:
    """Group observables into settings, each in the first one whose letters agree with its own.

    Args:
        observables: On the device's qubits.
        coordinates: Coordinates of each qubit, in whose order the bits are.
    """
    groups: list[tuple[dict[int, Pauli], list[int]]] = []
    for i, string in enumerate(observables):
        suits = (
            g for g in groups if all(g[0].get(q, pauli) == pauli for q, pauli in string.paulis)
        )
        bases, members = next(suits, ({}, []))
        if not members:
            groups.append((bases, members))
        bases.update(string.paulis)
        members.append(i)
    return tuple(
        Setting(
            tuple(sorted(bases.items(), key=lambda item: coordinates[item[0]])),
            tuple(members),
        )
        for bases, members in groups
    )
