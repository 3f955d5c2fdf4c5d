"""Gates for the blocks of the Python builder, such as ``rz([1, 3], 2 * phi)`` and ``cz("ring")``.

Rotations take an angle in radians: a number, text, or anything whose text is an expression, such
as a sympy expression. "theta", the default, is a fresh weight for each gate. Two-qubit gates act
on the pairs of a pattern, or on pairs such as ``[(0, 3), (1, 2)]``, the control first.

Every gate of the table (``qslc.ir.gates``) has its function here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from qslc.ir.gates import GATES
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
        """Return the entry as it stands in YAML."""
        angle = {} if self.angle is None else {"angle": self.angle}
        return {self.name: {"on": self.on, **angle}}


def _rotate_qubits(name: str, on: Qubits = "all", angle: object = FRESH) -> Gate:
    return Gate(name, on, str(angle))


def _put_on_qubits(name: str, on: Qubits = "all") -> Gate:
    return Gate(name, on)


def _rotate_pairs(name: str, on: QubitPairs, angle: object = FRESH) -> Gate:
    return Gate(name, on, str(angle))


def _put_on_pairs(name: str, on: QubitPairs) -> Gate:
    return Gate(name, on)


_FORMS: Mapping[tuple[int, bool], Callable[..., Gate]] = {
    (1, True): _rotate_qubits,
    (1, False): _put_on_qubits,
    (2, True): _rotate_pairs,
    (2, False): _put_on_pairs,
}
"""The function of a gate, by its number of qubits and whether it takes an angle."""


def __getattr__(name: str) -> partial[Gate]:
    if name not in GATES:
        raise AttributeError(f"there is no gate {name!r}; the gates are {', '.join(GATES)}")
    function = partial(_FORMS[GATES[name].arity, GATES[name].rotation], name)
    function.__doc__ = GATES[name].about
    return function


def __dir__() -> list[str]:
    return [*globals(), *GATES]
