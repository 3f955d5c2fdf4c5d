"""The gates of qelib1.inc and stdgates.inc, and of what exporters add to them, in Cirq."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeAlias

import cirq
import sympy


class GlobalPhase(NamedTuple):
    """The factor exp(i angle), which only a control shows."""

    angle: Any


Part: TypeAlias = tuple[cirq.Gate | GlobalPhase, tuple[int, ...]]
"""A gate and the places of its qubits; a global phase has none."""


class StandardGate(NamedTuple):
    """A gate that an include defines.

    Args:
        angles: Number of its angles.
        qubits: Number of its qubits.
        make: Function from the angles, in radians, to its parts, the first to act first.
    """

    angles: int
    qubits: int
    make: Callable[..., list[Part]]


@lru_cache(maxsize=1 << 14)
def to_half_turns(angle: Any) -> Any:
    """Return an angle in units of pi: a number, or exactly with symbols."""
    half_turns = angle / sympy.pi
    return half_turns if half_turns.free_symbols else float(half_turns)


def phase(angle: Any) -> cirq.Gate:
    """Return diag(1, exp(i angle))."""
    return cirq.ZPowGate(exponent=to_half_turns(angle))


def _rotate(letters: str, angle: Any) -> cirq.Gate:
    kind = getattr(cirq, f"{letters}PowGate")
    made: cirq.Gate = kind(exponent=to_half_turns(angle), global_shift=-0.5)
    return made


def _make_u(theta: Any, phi: Any, lam: Any, place: int = 0) -> list[Part]:
    """Return exp(i (phi + lambda) / 2) RZ(phi) RY(theta) RZ(lambda)."""
    on = (place,)
    return [(phase(lam), on), (_rotate("Y", theta), on), (phase(phi), on)]


def _make_u3(theta: Any, phi: Any, lam: Any) -> list[Part]:
    return [(_rotate("Z", lam), (0,)), (_rotate("Y", theta), (0,)), (_rotate("Z", phi), (0,))]


def control(parts: list[Part], value: int = 1) -> list[Part]:
    """Return gates that act where a qubit in front of theirs has a value, 0 or 1."""
    flip: list[Part] = [] if value else [(cirq.X, (0,))]
    return [*flip, *(_control_part(*part) for part in parts), *flip]


def _control_part(gate: cirq.Gate | GlobalPhase, places: tuple[int, ...]) -> Part:
    if isinstance(gate, GlobalPhase):
        return phase(gate.angle), (0,)
    return gate.controlled(), (0, *(place + 1 for place in places))


def invert(parts: list[Part]) -> list[Part]:
    """Return the inverse of gates."""
    return [
        (GlobalPhase(-gate.angle) if isinstance(gate, GlobalPhase) else cirq.inverse(gate), places)
        for gate, places in reversed(parts)
    ]


def _fix(gate: cirq.Gate) -> StandardGate:
    count = cirq.num_qubits(gate)
    return StandardGate(0, count, lambda: [(gate, tuple(range(count)))])


def _spin(letters: str) -> StandardGate:
    places = tuple(range(len(letters)))
    return StandardGate(1, len(letters), lambda t: [(_rotate(letters, t), places)])


def _spin_controlled(letter: str) -> StandardGate:
    return StandardGate(1, 2, lambda t: [(cirq.ControlledGate(_rotate(letter, t)), (0, 1))])


def _make_rzx(angle: Any) -> list[Part]:
    return [(cirq.H, (1,)), (_rotate("ZZ", angle), (0, 1)), (cirq.H, (1,))]


def _make_rccx() -> list[Part]:
    """Return the Toffoli gate of Margolus: CCX up to relative phases."""
    steps: list[Part] = [(cirq.H, (2,)), (cirq.T, (2,)), (cirq.CNOT, (1, 2)), (cirq.T**-1, (2,))]
    steps += [(cirq.CNOT, (0, 2)), (cirq.T, (2,)), (cirq.CNOT, (1, 2)), (cirq.T**-1, (2,))]
    return [*steps, (cirq.H, (2,))]


_PHASE = StandardGate(1, 1, lambda t: [(phase(t), (0,))])
_CONTROLLED_PHASE = StandardGate(
    1, 2, lambda t: [(cirq.CZPowGate(exponent=to_half_turns(t)), (0, 1))]
)
_U = StandardGate(3, 1, _make_u)

STANDARD: Mapping[str, StandardGate] = {
    "id": StandardGate(0, 1, list),
    "u0": StandardGate(1, 1, lambda _: []),
    **{name: _fix(getattr(cirq, name.upper())) for name in ("x", "y", "z", "h", "s", "t")},
    "sdg": _fix(cirq.S**-1),
    "tdg": _fix(cirq.T**-1),
    "sx": _fix(cirq.X**0.5),
    "sxdg": _fix(cirq.X**-0.5),
    **{f"r{letter}": _spin(letter.upper()) for letter in "xyz"},
    **dict.fromkeys(("p", "phase", "u1"), _PHASE),
    "u2": StandardGate(2, 1, lambda phi, lam: _make_u3(sympy.pi / 2, phi, lam)),
    "u3": StandardGate(3, 1, _make_u3),
    "u": _U,
    **dict.fromkeys(("cx", "CX"), _fix(cirq.CNOT)),
    "cy": _fix(cirq.ControlledGate(cirq.Y)),
    "cz": _fix(cirq.CZ),
    "ch": _fix(cirq.ControlledGate(cirq.H)),
    "csx": _fix(cirq.CNOT**0.5),
    "swap": _fix(cirq.SWAP),
    "iswap": _fix(cirq.ISWAP),
    "dcx": StandardGate(0, 2, lambda: [(cirq.CNOT, (0, 1)), (cirq.CNOT, (1, 0))]),
    **dict.fromkeys(("cp", "cphase", "cu1"), _CONTROLLED_PHASE),
    **{f"cr{letter}": _spin_controlled(letter.upper()) for letter in "xyz"},
    "cu3": StandardGate(3, 2, lambda *angles: control(_make_u(*angles))),
    "cu": StandardGate(
        4, 2, lambda *angles: [(phase(angles[3]), (0,)), *control(_make_u(*angles[:3]))]
    ),
    **{f"r{pair}": _spin(pair.upper()) for pair in ("xx", "yy", "zz")},
    "rzx": StandardGate(1, 2, _make_rzx),
    "ccx": _fix(cirq.CCX),
    "ccz": _fix(cirq.CCZ),
    "cswap": _fix(cirq.CSWAP),
    "rccx": StandardGate(0, 3, _make_rccx),
    "c3x": _fix(cirq.ControlledGate(cirq.X, 3)),
    "c4x": _fix(cirq.ControlledGate(cirq.X, 4)),
    "c3sqrtx": _fix(cirq.ControlledGate(cirq.X**0.5, 3)),
}
"""The gates by their names."""

BUILT_IN: Mapping[str, StandardGate] = {
    "U": StandardGate(
        3,
        1,
        lambda theta, phi, lam: [
            *_make_u(theta, phi, lam),
            (GlobalPhase(theta / 2), ()),
        ],
    ),
    "CX": STANDARD["CX"],
}
"""The gates that need no include."""
