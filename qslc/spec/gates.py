"""Gates for the blocks of the Python builder, such as ``rz([1, 3], 2 * phi)`` and ``cz("ring")``.

Rotations take an angle in radians: a number, text, or anything whose text is an expression, such
as a sympy expression. "theta", the default, is a fresh weight for each gate. Two-qubit gates act
on the pairs of a pattern, or on pairs such as ``[(0, 3), (1, 2)]``, the control first.

Every gate of the table (``qslc.ir.gates``) has its function here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

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


class OnQubits(Protocol):
    """A gate on one qubit, put on several."""

    def __call__(self, on: Qubits = "all") -> Gate: ...


class RotationOnQubits(Protocol):
    """A rotation of one qubit, put on several."""

    def __call__(self, on: Qubits = "all", angle: object = FRESH) -> Gate: ...


class OnPairs(Protocol):
    """A gate on two qubits, put on several pairs."""

    def __call__(self, on: QubitPairs) -> Gate: ...


class RotationOnPairs(Protocol):
    """A rotation of two qubits, put on several pairs."""

    def __call__(self, on: QubitPairs, angle: object = FRESH) -> Gate: ...


def _make(name: str) -> Any:
    """Make the function of a gate."""
    gate = GATES[name]

    def rotate_qubits(on: Qubits = "all", angle: object = FRESH) -> Gate:
        return Gate(name, on, str(angle))

    def put_on_qubits(on: Qubits = "all") -> Gate:
        return Gate(name, on)

    def rotate_pairs(on: QubitPairs, angle: object = FRESH) -> Gate:
        return Gate(name, on, str(angle))

    def put_on_pairs(on: QubitPairs) -> Gate:
        return Gate(name, on)

    one: Callable[..., Gate] = rotate_qubits if gate.rotation else put_on_qubits
    two: Callable[..., Gate] = rotate_pairs if gate.rotation else put_on_pairs
    function = one if gate.arity == 1 else two
    function.__name__ = function.__qualname__ = name
    function.__doc__ = gate.about
    return function


def __getattr__(name: str) -> Any:
    if name in GATES:
        return _make(name)
    raise AttributeError(f"there is no gate {name!r}; the gates are {', '.join(GATES)}")


def __dir__() -> list[str]:
    return [*GATES]


rx: RotationOnQubits = _make("rx")
ry: RotationOnQubits = _make("ry")
rz: RotationOnQubits = _make("rz")
h: OnQubits = _make("h")
x: OnQubits = _make("x")
z: OnQubits = _make("z")
s: OnQubits = _make("s")
t: OnQubits = _make("t")
cnot: OnPairs = _make("cnot")
cz: OnPairs = _make("cz")
swap: OnPairs = _make("swap")
crx: RotationOnPairs = _make("crx")
cry: RotationOnPairs = _make("cry")
crz: RotationOnPairs = _make("crz")
rxx: RotationOnPairs = _make("rxx")
ryy: RotationOnPairs = _make("ryy")
rzz: RotationOnPairs = _make("rzz")
