"""The steps of a circuit, as the generated layer names them for the compiled kernel.

They are those of its ``simulate``, but gates stand one by one and not as the matrix of a block.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from qslc_runtime.compiled.polynomial import Polynomial, Symbols
from qslc_runtime.tables import Signs

__all__ = [
    "Amplitudes",
    "Gates",
    "Measure",
    "Parity",
    "Permutation",
    "Phase",
    "Product",
    "Step",
    "Symbols",
]


@dataclass(frozen=True)
class Amplitudes:
    """The features of a token, normalised, are the state; with ``bias`` a constant follows them."""

    bias: bool = False


@dataclass(frozen=True)
class Gates:
    """A gate on each of several qubits.

    Args:
        gate: "rx", "ry", "rz", "h", "x", "z", "s", "sdg" or "t".
        qubits: on which it acts.
        angles: of each, in radians, if it is a rotation.
    """

    gate: str
    qubits: Sequence[int]
    angles: Sequence[Polynomial | float] = ()


@dataclass(frozen=True, init=False)
class Product:
    """Each qubit is its gates on |0>."""

    gates: tuple[Gates, ...]

    def __init__(self, *gates: Gates) -> None:
        object.__setattr__(self, "gates", gates)


@dataclass(frozen=True, eq=False)
class Permutation:
    """The state in another order of the basis (``tables.permutation``)."""

    table: NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Parity:
    """Signs of the amplitudes (``tables.parity``)."""

    table: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Phase:
    """Rotations about strings of Z.

    Args:
        angles: of each string, in radians.
        strings: the signs of the strings.
        factor: of all angles.
    """

    angles: Sequence[Polynomial | float]
    strings: Signs
    factor: float = 1.0


@dataclass(frozen=True, eq=False)
class Measure:
    """Expectations of Pauli strings that flip the same qubits.

    Args:
        strings: the signs of the strings.
        outputs: their places among all observables.
        flip: the permutation of the basis that they make, if any.
        odd: whether the number of Y in each is odd.
    """

    strings: Signs
    outputs: Sequence[int]
    flip: NDArray[np.int32] | None = None
    odd: bool = False


Step: TypeAlias = Amplitudes | Product | Gates | Permutation | Parity | Phase | Measure
