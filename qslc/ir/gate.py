"""Entries of the table of gates, and all that follows from one.

A gate is a product of rotations about products of Pauli operators. Its matrix, its axes, whether
it is diagonal, a Clifford gate or its own inverse, and its period follow from that. What needs no
matrix imports no NumPy, so that specs and pages load quickly.
"""

from __future__ import annotations

import cmath
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from qslc.ir.matrices import Matrix

Generator: TypeAlias = tuple[str, Fraction]
"""Letters, one for each qubit ("-" for none), and how far the gate rotates about their product: in
units of its angle, or of pi where it has none."""

_HALF = Fraction(1, 2)
GENERIC_ANGLE = 0.7390851
"""Radians at which nothing holds that does not hold at every angle."""


@dataclass(frozen=True)
class Native:
    """Circuits with which a device with this two-qubit gate makes the others.

    Circuits are texts: see ``qslc.ir.decompositions``.

    Args:
        cnot: CNOT of a and b.
        cz: CZ of a and b.
        exchange: CNOT of a and b and then of b and a, where that takes less than both.
        swap: SWAP, where that takes less than three CNOTs.
        rotation: Exp(-i t ZY / 2) for a constant t in radians, where that takes less than two
            CNOTs.
    """

    cnot: str
    cz: str = "ry(pi/2) b; cnot a b; ry(-pi/2) b"
    exchange: str = ""
    swap: str = ""
    rotation: Callable[[float], str] | None = None


@dataclass(frozen=True)
class Gate:
    """A kind of gate.

    Args:
        name: As in specs.
        about: What it does, in a sentence: the documentation of its builder function.
        generators: Rotations whose product, the first to act first, is the gate up to a phase.
        symbols: What a drawing shows on each qubit: "dot", "target", "cross", or a label in a box.
        cirq: The gate in Cirq, made from the module and, for a rotation, an angle in radians.
        qasm: Name in OpenQASM's stdgates.inc; empty where it has none and needs a definition.
        definition: Circuit in terms of one-qubit gates and CNOT; see ``qslc.ir.decompositions``.
        rotation: Whether it takes an angle.
        phase: The matrix is exp(i pi phase) times the product of the rotations.
        steps: Circuit that a layer simulates in its place, if not the definition.
        entangled: Circuits for devices with CZ or with CNOT, if not the definition.
        native: How a device makes other gates from it, if there are devices with it.

    Raises:
        ValueError: A field is missing or does not fit; the message names the gate and the field.
    """

    name: str
    about: str
    generators: tuple[Generator, ...]
    symbols: tuple[str, ...]
    cirq: Callable[..., Any]
    qasm: str = ""
    definition: str = ""
    rotation: bool = False
    phase: Fraction = Fraction(0)
    steps: str = ""
    entangled: tuple[str, ...] = ()
    native: Native | None = None

    def __post_init__(self) -> None:
        if self.name and not re.fullmatch("[a-z][a-z0-9_]*", self.name):
            raise ValueError(f"the name of the gate {self.name!r} is no lower-case identifier")
        needed = ["name", "about", "generators", "symbols", "cirq"]
        if not self.qasm:
            needed.append("definition")
        for field in needed:
            if not getattr(self, field):
                raise ValueError(f"the gate {self.name!r} has no {field}")
        lengths = {len(letters) for letters, _ in self.generators}
        if len(lengths) > 1 or not lengths <= {1, 2}:
            raise ValueError(f"generators of the gate {self.name!r} need one or two letters each")
        if len(self.symbols) != self.arity:
            raise ValueError(f"symbols of the gate {self.name!r}: one is needed for each qubit")
        parts = [abs(part) for _, part in self.generators]
        if self.rotation and parts != [1] and (parts != [_HALF] * 2 or not self._commutes()):
            raise ValueError(
                f"generators of the gate {self.name!r}: a rotation is one by its angle, "
                "or two that commute by half of it each"
            )

    @property
    def arity(self) -> int:
        """The number of qubits."""
        return len(self.generators[0][0])

    @cached_property
    def axes(self) -> str:
        """For each qubit the Pauli axis along which the gate acts, or "-" where there is none.

        It commutes with every gate that acts along the same axis there.
        """
        letters = [
            {*column} - {"-"} for column in zip(*(g for g, _ in self.generators), strict=True)
        ]
        return "".join(each.pop() if len(each) == 1 else "-" for each in letters)

    @cached_property
    def period(self) -> int:
        """By how much an angle may change with no effect but on a global phase, in units of pi."""
        return 2 * len(self.generators)

    @property
    def turn(self) -> Fraction | None:
        """Angle of a fixed one-qubit gate that is one rotation, in units of pi, or None."""
        single = self.arity == len(self.generators) == 1 and not self.rotation
        return self.generators[0][1] if single else None

    @property
    def clifford(self) -> bool:
        """Tell whether it maps Pauli strings to Pauli strings; False for rotations."""
        return not self.rotation and all(2 * part % 1 == 0 for _, part in self.generators)

    @property
    def diagonal(self) -> bool:
        """Tell whether its matrix is diagonal."""
        return set(self.axes) == {"Z"}

    @cached_property
    def controlled(self) -> bool:
        """Tell whether the first qubit is a control: the gate acts on the last where that is 1."""
        above = [[1, 0, 0, 0], [0, 1, 0, 0]]
        return self.arity == 2 and bool(abs(self._generic[:2] - above).max() < 1e-9)

    @cached_property
    def self_inverse(self) -> bool:
        """Tell whether applying it twice does nothing."""
        inverse = self._generic.conj().T
        return not self.rotation and bool(abs(self._generic - inverse).max() < 1e-9)

    @cached_property
    def symmetric(self) -> bool:
        """Tell whether the order of its qubits does not matter."""
        order = [0, 2, 1, 3] if self.arity == 2 else [0, 1]
        return bool(abs(self._generic[order][:, order] - self._generic).max() < 1e-9)

    def matrix(self, angle: float | None = None) -> Matrix:
        """Return the matrix; see ``qslc.ir.gates.compute_unitary``."""
        from qslc.ir.matrices import add_control, drop_rounding, make_rotation, round_entries

        if self.rotation and angle is None:
            raise ValueError(f"{self.name} needs an angle")
        if angle is None:
            return round_entries(cmath.exp(1j * math.pi * self.phase) * self._product(math.pi))
        if self.controlled:
            part = 2 * float(self.generators[0][1])
            return add_control(make_rotation(self.axes[1], angle * part))
        return drop_rounding(self._product(angle))

    def _product(self, unit: float) -> Matrix:
        """Multiply the rotations, their parts being multiples of a unit in radians."""
        from qslc.ir.matrices import make_rotation

        turns = (make_rotation(letters, float(part) * unit) for letters, part in self.generators)
        return reduce(lambda done, turn: turn @ done, turns)

    @cached_property
    def _generic(self) -> Matrix:
        """The matrix at an angle at which nothing holds that does not hold at every angle."""
        return self._product(GENERIC_ANGLE) if self.rotation else self.matrix()

    def _commutes(self) -> bool:
        """Tell whether two generators commute: they differ on an even number of qubits."""
        (first, _), (second, _) = self.generators
        pairs = zip(first, second, strict=True)
        return sum("-" not in pair and pair[0] != pair[1] for pair in pairs) % 2 == 0
