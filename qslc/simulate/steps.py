"""The steps in which the generated layer simulates a circuit.

Words are the gates on one qubit, in order. Their names are those of the DSL, and "sdg", the
inverse of S.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import TypeAlias

import sympy
from typing_extensions import assert_never

from qslc.ir.program import PauliString

Factor: TypeAlias = tuple[str, sympy.Expr | None]
"""A gate on one qubit and its angle in radians, if it is a rotation."""

Word: TypeAlias = tuple[Factor, ...]

REAL_GATES = frozenset({"ry", "h", "x", "z"})
WORD_GATES = REAL_GATES | {"rx", "rz", "s", "sdg", "t"}
"""Those that the runtime has a matrix for."""


@dataclass(frozen=True, slots=True)
class ProductState:
    """Each qubit is its word on |0>; the only step in which a word depends on the input."""

    words: tuple[Word, ...]

    @property
    def real(self) -> bool:
        return _are_real(self.words)


@dataclass(frozen=True, slots=True)
class Block:
    """Words on neighboring qubits from ``first`` on, applied as one matrix."""

    first: int
    words: tuple[Word, ...]

    @property
    def last(self) -> int:
        return self.first + len(self.words) - 1

    @property
    def real(self) -> bool:
        return _are_real(self.words)


@dataclass(frozen=True, slots=True)
class Amplitudes:
    """The state is the encoded vector, with a constant amplitude behind it if ``bias``.

    ``block`` acts on the last qubits, before the features of a token become a column.
    """

    bias: bool
    block: Block | None = None

    real = True


@dataclass(frozen=True, slots=True)
class Permutation:
    """CNOT (control, target) and X (target,), in order: a permutation of the basis."""

    gates: tuple[tuple[int, ...], ...]

    real = True


@dataclass(frozen=True, slots=True)
class Parity:
    """CZ (a, b) and Z (a,): a sign for each basis state."""

    gates: tuple[tuple[int, ...], ...]

    real = True


@dataclass(frozen=True, slots=True)
class PhaseTerm:
    """The rotation exp(-i t P / 2) about a string P of Z.

    Args:
        string: The qubits of P.
        angle: A product of symbols, or 1.
        factor: T is this times ``angle``.
    """

    string: tuple[int, ...]
    angle: sympy.Expr
    factor: float


@dataclass(frozen=True, slots=True)
class Phase:
    """Rotations about strings of Z: a phase for each basis state."""

    terms: tuple[PhaseTerm, ...]

    real = False


@dataclass(frozen=True, slots=True)
class Measure:
    """Observables that flip the same qubits, an even or an odd number of them being Y.

    ``outputs`` are their places in the layer's output.
    """

    observables: tuple[PauliString, ...]
    outputs: tuple[int, ...]

    real = True

    @property
    def flipped(self) -> tuple[int, ...]:
        """The qubits that hold X or Y in every observable of the group."""
        return tuple(q for q, pauli in self.observables[0].paulis if pauli != "Z")

    @property
    def odd(self) -> bool:
        """Tell whether the number of Y is odd, so that a real state gives 0."""
        return sum(pauli == "Y" for _, pauli in self.observables[0].paulis) % 2 == 1


Joinable: TypeAlias = Block | Permutation | Parity | Phase
"""A step that a ``Circuit`` may hold."""


@dataclass(frozen=True, slots=True)
class Circuit:
    """Steps that are the same for all tokens, applied as the one matrix that they make."""

    steps: tuple[Joinable, ...]

    @property
    def real(self) -> bool:
        return all(step.real for step in self.steps)


GateStep: TypeAlias = Circuit | Amplitudes | ProductState | Joinable
"""A step that makes or changes the state."""

Step: TypeAlias = GateStep | Measure


def flatten(steps: Iterable[Step]) -> Iterator[Step]:
    """Yield the steps, a step that is made of others replaced by these."""
    for step in steps:
        if isinstance(step, Circuit):
            yield from step.steps
            continue
        yield step
        if isinstance(step, Amplitudes) and step.block:
            yield step.block


def list_angles(step: Step) -> Iterator[sympy.Expr]:
    """Yield the angles of a step; those of words gate by gate, each on all qubits."""
    match step:
        case Phase(terms):
            yield from (term.angle for term in terms)
        case Block() | ProductState():
            for place in range(max(map(len, step.words), default=0)):
                factors = (word[place] for word in step.words if place < len(word))
                yield from (angle for _, angle in factors if angle is not None)
        case Circuit(steps):
            yield from chain.from_iterable(map(list_angles, steps))
        case Amplitudes() | Permutation() | Parity() | Measure():
            return
        case _:
            assert_never(step)


def _are_real(words: tuple[Word, ...]) -> bool:
    return all(gate in REAL_GATES for word in words for gate, _ in word)
