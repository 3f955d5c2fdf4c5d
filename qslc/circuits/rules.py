"""Write the usual gates of Cirq, with any exponent or angle, in those of the table."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import combinations, pairwise
from typing import Any, TypeAlias

import cirq
import numpy as np
import sympy

from qslc.ir.decompositions import snap_angle
from qslc.ir.gates import GATES

Part: TypeAlias = tuple[str, tuple[int, ...], sympy.Expr | None]
"""A gate of the table, the places of its qubits among those of the operation, and its angle."""


class GateError(ValueError):
    """An operation is no gate that a layer can have. The message says why."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message, advice)
        self.message, self.advice = message, advice


def find_rule(op: cirq.Operation) -> tuple[Part, ...] | None:
    """Return the gates of an operation that is one of the usual kinds."""
    gate: Any = op.gate
    if gate is None:
        return None
    fixed = _list_fixed().get(gate) if isinstance(gate, Hashable) else None
    if fixed is not None:
        return ((fixed, tuple(range(len(op.qubits))), None),)
    rule = next((rule for kind, rule in _RULES.items() if isinstance(gate, kind)), None)
    return None if rule is None else rule(gate)


@lru_cache(maxsize=1)
def _list_fixed() -> Mapping[Any, str]:
    """Return the gates of the table without an angle, by what they are in Cirq."""
    fixed = (kind for kind in GATES.values() if not kind.rotation)
    return {kind.cirq(cirq): kind.name for kind in fixed if not _is_matrix(kind.cirq(cirq))}


def _is_matrix(gate: Any) -> bool:
    return isinstance(gate, cirq.MatrixGate)


GATES.watch(_list_fixed.cache_clear)


def to_radians(half_turns: Any) -> sympy.Expr:
    """Return an angle given in units of pi, exactly where it is a multiple of pi/4."""
    if isinstance(half_turns, sympy.Expr) and half_turns.free_symbols:
        return sympy.expand(_make_exact(half_turns) * sympy.pi)
    return snap_angle(_require_real(half_turns) * np.pi)


def _read_radians(angle: Any) -> sympy.Expr:
    if isinstance(angle, sympy.Expr) and angle.free_symbols:
        return sympy.expand(_make_exact(angle))
    return snap_angle(_require_real(angle))


def _make_exact(angle: sympy.Expr) -> sympy.Expr:
    """Return an expression whose decimal numbers are the fractions that they are written as."""
    numbers = angle.atoms(sympy.Float)
    return angle.xreplace({number: sympy.Rational(repr(float(number))) for number in numbers})


def _require_real(value: Any) -> float:
    try:
        number = complex(value)
    except (TypeError, ValueError):
        raise GateError(f"{value} is no number") from None
    if number.imag or not np.isfinite(number.real):
        raise GateError(f"{value} is no real, finite number")
    return number.real


def turn(letters: str, half_turns: Any, *places: int) -> Iterator[Part]:
    """Yield exp(-i angle P / 2), unless the angle is 0."""
    angle = to_radians(half_turns)
    if angle != 0:
        yield f"r{letters.lower()}", places, angle


def _rotate(letter: str, names: Mapping[Any, str] = {}) -> Callable[[Any], tuple[Part, ...]]:
    """Return the rule of a power of a Pauli operator; ``names`` are gates of the table."""

    def expand_power(gate: Any) -> tuple[Part, ...]:
        name = None if cirq.is_parameterized(gate) else names.get(gate.exponent % 2)
        return ((name, (0,), None),) if name else tuple(turn(letter, gate.exponent, 0))

    return expand_power


def _expand_h(gate: cirq.HPowGate) -> tuple[Part, ...]:
    if not cirq.is_parameterized(gate) and gate.exponent % 2 == 1:
        return (("h", (0,), None),)
    quarter = sympy.pi / 4
    return (("ry", (0,), -quarter), *turn("Z", gate.exponent, 0), ("ry", (0,), quarter))


def _expand_phased_x(gate: cirq.PhasedXPowGate) -> tuple[Part, ...]:
    axis = gate.phase_exponent
    return (*turn("Z", -axis, 0), *turn("X", gate.exponent, 0), *turn("Z", axis, 0))


def expand_phased_xz(gate: cirq.PhasedXZGate) -> tuple[Part, ...]:
    axis, last = gate.axis_phase_exponent, gate.axis_phase_exponent + gate.z_exponent
    return (*turn("Z", -axis, 0), *turn("X", gate.x_exponent, 0), *turn("Z", last, 0))


def _expand_cz(gate: cirq.CZPowGate) -> tuple[Part, ...]:
    if not cirq.is_parameterized(gate) and gate.exponent % 2 == 1:
        return (("cz", (0, 1), None),)
    half = gate.exponent / 2
    return (*turn("Z", half, 0), *turn("Z", half, 1), *turn("ZZ", -half, 0, 1))


def _expand_cx(gate: cirq.CXPowGate) -> tuple[Part, ...]:
    if not cirq.is_parameterized(gate) and gate.exponent % 2 == 1:
        return (("cnot", (0, 1), None),)
    turn = ("h", (1,), None)
    return (turn, *_expand_cz(cirq.CZPowGate(exponent=gate.exponent)), turn)


def _expand_swap(gate: cirq.SwapPowGate) -> tuple[Part, ...]:
    if not cirq.is_parameterized(gate) and gate.exponent % 2 == 1:
        return (("swap", (0, 1), None),)
    half = gate.exponent / 2
    return tuple(part for pair in ("XX", "YY", "ZZ") for part in turn(pair, half, 0, 1))


def _expand_iswap(gate: cirq.ISwapPowGate) -> tuple[Part, ...]:
    half = -gate.exponent / 2
    return (*turn("XX", half, 0, 1), *turn("YY", half, 0, 1))


def _expand_fsim(gate: cirq.FSimGate) -> tuple[Part, ...]:
    theta, half = _read_radians(gate.theta), _read_radians(gate.phi) / 2
    turns = (("rxx", (0, 1), theta), ("ryy", (0, 1), theta))
    phase = (("rz", (0,), -half), ("rz", (1,), -half), ("rzz", (0, 1), half))
    return tuple(part for part in (*turns, *phase) if part[2] != 0)


def _expand_controlled(gate: cirq.ControlledGate) -> tuple[Part, ...] | None:
    """Return the gates of a controlled power of X, Y or Z; None for any other controlled gate."""
    inner, values = _unwrap(gate)
    letters = ((cirq.XPowGate, "x"), (cirq.YPowGate, "y"), (cirq.ZPowGate, "z"))
    letter = next((letter for kind, letter in letters if isinstance(inner, kind)), None)
    if letter is None or values is None:
        return None
    target = len(values)
    flips = tuple(("x", (place,), None) for place, value in enumerate(values) if value == 0)
    shift = inner.global_shift
    if target == 1 and shift == -0.5:
        angle = to_radians(inner.exponent)
        return (*flips, (f"cr{letter}", (0, 1), angle), *flips) if angle != 0 else ()
    there, back = _TO_Z[letter]
    return (
        *flips,
        *((name, (target,), angle) for name, angle in there),
        *_turn_together(inner.exponent, (*range(target), target)),
        *((name, (target,), angle) for name, angle in back),
        *(_turn_together(shift * inner.exponent, range(target)) if shift else ()),
        *flips,
    )


def _unwrap(gate: Any) -> tuple[Any, tuple[int, ...] | None]:
    """Return the gate in a controlled one, and the values of its controls; None for several."""
    values: tuple[int, ...] = ()
    while True:
        if isinstance(gate, cirq.ControlledGate):
            each = [*gate.control_values.expand()]
            if len(each) != 1:
                return gate, None
            gate, values = gate.sub_gate, values + tuple(each[0])
            continue
        known = next((row for row in _CONTROLLED if isinstance(gate, row[0])), None)
        if known is None:
            return gate, values
        gate = known[1](exponent=gate.exponent, global_shift=gate.global_shift)
        values += (1,) * known[2]


_CONTROLLED: tuple[tuple[Any, Any, int], ...] = (
    (cirq.CZPowGate, cirq.ZPowGate, 1),
    (cirq.CXPowGate, cirq.XPowGate, 1),
    (cirq.CCZPowGate, cirq.ZPowGate, 2),
    (cirq.CCXPowGate, cirq.XPowGate, 2),
)
"""Gates of Cirq that are controlled powers: what is controlled, and by how many qubits."""

_TO_Z: Mapping[str, tuple[tuple[tuple[str, sympy.Expr | None], ...], ...]] = {
    "x": ((("h", None),), (("h", None),)),
    "y": ((("rx", sympy.pi / 2),), (("rx", -sympy.pi / 2),)),
    "z": ((), ()),
}
"""One-qubit gates before and after a power of Z that make it one of X or Y."""


def _turn_together(exponent: Any, places: Sequence[int]) -> Iterator[Part]:
    """Yield the gates of diag(1, ..., 1, exp(i pi exponent)): rotations about products of Z.

    The projector on all ones is the product of (1 - Z) / 2.
    """
    for size in range(1, len(places) + 1):
        sign = 1 if size % 2 else -1
        for chosen in combinations(places, size):
            angle = to_radians(sign * exponent / 2 ** (len(places) - 1))
            ladder = [("cnot", pair, None) for pair in pairwise(chosen[:-1])]
            end = chosen[-2:] if size > 1 else chosen
            yield from ladder
            yield ("rzz" if size > 1 else "rz"), end, angle
            yield from ladder[::-1]


def _pair(letters: str) -> Callable[[Any], tuple[Part, ...]]:
    return lambda gate: tuple(turn(letters, gate.exponent, 0, 1))


def _skip(_: Any) -> tuple[Part, ...]:
    return ()


_RULES: Mapping[type, Callable[[Any], tuple[Part, ...] | None]] = {
    cirq.XPowGate: _rotate("X", {1: "x"}),
    cirq.YPowGate: _rotate("Y"),
    cirq.ZPowGate: _rotate("Z", {1: "z", 0.5: "s", 0.25: "t"}),
    cirq.HPowGate: _expand_h,
    cirq.PhasedXPowGate: _expand_phased_x,
    cirq.PhasedXZGate: expand_phased_xz,
    cirq.CZPowGate: _expand_cz,
    cirq.CXPowGate: _expand_cx,
    cirq.SwapPowGate: _expand_swap,
    cirq.ISwapPowGate: _expand_iswap,
    cirq.FSimGate: _expand_fsim,
    cirq.XXPowGate: _pair("XX"),
    cirq.YYPowGate: _pair("YY"),
    cirq.ZZPowGate: _pair("ZZ"),
    cirq.ControlledGate: _expand_controlled,
    cirq.IdentityGate: _skip,
    cirq.WaitGate: _skip,
    cirq.GlobalPhaseGate: _skip,
}
"""What the usual gates of Cirq are in those of the table."""
