"""The gates on one qubit, one table for simulation, the compiled kernel, folding and engines."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

_ROOT = math.sqrt(0.5)

States: TypeAlias = NDArray[np.float64] | NDArray[np.complex128]
"""(2**qubits, columns), qubit 0 the most significant bit; real until a gate is complex."""


@dataclass(frozen=True, eq=False)
class Gate:
    """A gate on one qubit, fixed or a rotation exp(-i t P / 2).

    Args:
        name: Its name in generated layers.
        matrix: The matrix (2, 2) of a fixed gate; of a rotation, the Pauli matrix P.
        is_rotation: Whether it takes an angle t in radians.

    Raises:
        ValueError: It has no name, or its matrix is not unitary.
    """

    name: str
    matrix: NDArray[np.complex128]
    is_rotation: bool = False

    def __post_init__(self) -> None:
        if not self.name:
            raise ValueError("a gate needs a name")
        if not np.allclose(self.matrix @ self.matrix.conj().T, np.eye(2)):
            raise ValueError(f"the matrix of the gate {self.name!r} is not unitary")

    @property
    def is_real(self) -> bool:
        """Tell whether its matrix is real: that of a rotation about an imaginary P is."""
        part = self.matrix.real if self.is_rotation else self.matrix.imag
        return not part.any()

    def evaluate(self, angle: Any = 0.0) -> NDArray[Any]:
        """Return the matrix, (2, 2), or (2, 2, n) for n angles; float64 if it is real."""
        if not self.is_rotation:
            return self.matrix.real if self.is_real else self.matrix
        cos, sin = np.cos(angle / 2), np.sin(angle / 2)
        product = np.multiply.outer(-1j * self.matrix, sin)
        if self.is_real:
            product = product.real
        return np.multiply.outer(np.eye(2), cos) + product


_X, _Y, _Z = ([[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]])

GATES = {
    gate.name: gate
    for gate in (
        Gate("rx", np.array(_X, complex), is_rotation=True),
        Gate("ry", np.array(_Y, complex), is_rotation=True),
        Gate("rz", np.array(_Z, complex), is_rotation=True),
        Gate("h", _ROOT * np.array([[1, 1], [1, -1]], complex)),
        Gate("x", np.array(_X, complex)),
        Gate("z", np.array(_Z, complex)),
        Gate("s", np.diag([1, 1j])),
        Gate("sdg", np.diag([1, -1j])),
        Gate("t", np.diag([1, _ROOT * (1 + 1j)])),
    )
}
"""By name. ``KERNEL_GATES`` in ``compiled/program.py`` numbers them for the compiled kernel."""


def find_gate(name: str) -> Gate:
    """Return a gate by its name.

    Raises:
        ValueError: There is none.
    """
    if name not in GATES:
        raise ValueError(f"unknown gate {name!r} on one qubit; known are {', '.join(GATES)}")
    return GATES[name]


def find_fixed_matrix(name: str, *, real: bool) -> NDArray[np.complex128]:
    """Return the matrix (2, 2) of a gate without angle, or of the identity "i".

    Args:
        name: Name of the gate.
        real: Whether the matrix must be real.

    Raises:
        ValueError: There is no such gate.
    """
    if name == "i":
        return np.eye(2, dtype=complex)
    gate = find_gate(name)
    if gate.is_rotation or (real and not gate.is_real):
        raise ValueError(f"the gate {name!r} has no fixed {'real ' * real}matrix")
    return gate.matrix


TO_Z = {"X": GATES["h"].evaluate(), "Y": _ROOT * np.array([[1.0, -1j], [1.0, 1j]])}
"""For X and Y the gate (2, 2) after which Z is measured in their place."""


def make_generator(name: str) -> NDArray[np.complex128]:
    """Return the derivative -i P / 2 by t of the rotation exp(-i t P / 2) at t = 0: (2, 2)."""
    return -0.5j * find_gate(name).matrix


def apply_matrix(matrix: NDArray[Any], states: States, qubit: int) -> States:
    """Apply a gate, (2, 2) or (2, 2, columns), to one qubit of the states."""
    pairs = states.reshape(2**qubit, 2, -1, states.shape[1])
    (a, b), (c, d) = matrix
    zeros, ones = pairs[:, 0], pairs[:, 1]
    after: States = np.stack([a * zeros + b * ones, c * zeros + d * ones], axis=1)
    return after.reshape(states.shape)
