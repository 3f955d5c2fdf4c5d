"""The table of gates. Adding a gate is adding an entry; see ``Gate`` for what it says."""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from qslc.ir.gate import Gate, Generator, Native
from qslc.registry import Registry

if TYPE_CHECKING:
    from qslc.ir.matrices import Matrix

_HALF, _QUARTER, _EIGHTH = Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)


def _to_half_turns(angle: Any) -> Any:
    """Return an angle in units of pi, exact if it is an expression."""
    if isinstance(angle, float):
        return angle / math.pi
    import sympy

    return angle / sympy.pi


def rotate_by_sqrt_iswap(angle: float) -> str:
    """Write exp(-i angle ZY / 2) with two sqrt-iSWAP.

    Between sqrt-iSWAP and its inverse X becomes (X + ZY) / sqrt(2), and a rotation about that is
    one about ZY between rotations about X (Huang et al. 2021, arXiv:2105.06074). These angles are
    arcsines, so that it holds for constants; what depends on weights takes two CNOTs.

    Args:
        angle: Radians.
    """
    reduced = math.remainder(angle, 2 * math.pi)
    rest = math.remainder(reduced, math.pi)
    sine = min(1.0, max(-1.0, math.sqrt(2) * math.sin(rest / 2)))
    inner = 2 * math.asin(sine)
    outer = math.atan2(-math.sin(inner / 2) / math.sqrt(2), math.cos(inner / 2))
    parts = [f"rx({outer!r}) a", "z a", "sqrt_iswap a b", "z a"]
    parts += [f"rx({inner!r}) a", "sqrt_iswap a b", f"rx({outer!r}) a"]
    flip = ["z a", "ry(pi) b"] if abs(reduced - rest) > 1 else []
    return "; ".join(parts + flip)


def _make_rotation(letters: str, **fields: Any) -> Gate:
    """Describe exp(-i angle P / 2)."""
    name = f"r{letters.lower()}"
    about = f"exp(-i angle {' '.join(letters)} / 2)."
    symbols = (name.upper(),) * len(letters)

    def make(cirq: Any, angle: Any) -> Any:
        if len(letters) == 1:
            return getattr(cirq, name)(angle)
        power = getattr(cirq, f"{letters}PowGate")
        return power(exponent=_to_half_turns(angle), global_shift=-0.5)

    return Gate(name, about, ((letters, Fraction(1)),), symbols, make, rotation=True, **fields)


def _make_controlled(letter: str, **fields: Any) -> Gate:
    """Describe a rotation about one axis of the second qubit where the first is 1."""
    turn = f"r{letter.lower()}"
    about = f"R{letter} on the second qubit where the first is 1."
    # The projector on control = 1 is (1 - Z) / 2.
    generators = ((f"-{letter}", _HALF), (f"Z{letter}", -_HALF))
    symbols = ("dot", f"R{letter}")

    def make(cirq: Any, angle: Any) -> Any:
        return cirq.ControlledGate(getattr(cirq, turn)(angle))

    name = f"c{turn}"
    return Gate(name, about, generators, symbols, make, qasm=name, rotation=True, **fields)


def _make_fixed(name: str, about: str, phase: Fraction, *generators: Generator) -> Gate:
    """Describe a one-qubit gate that Cirq and OpenQASM call the same."""
    label = name.upper()
    return Gate(
        name, about, generators, (label,), lambda cirq: getattr(cirq, label), name, phase=phase
    )


@lru_cache(maxsize=4096)
def compute_unitary(gate: str, angle: float | None = None) -> Matrix:
    """Return the matrix of a gate.

    Args:
        gate: Name of the gate.
        angle: Radians; for a rotation, and for no other gate.

    Returns:
        (2**k, 2**k) for k qubits, read-only. The gate's first qubit, the control if it has one,
        is the most significant bit of the index.
    """
    return GATES[gate].matrix(angle)


_GATES = (
    _make_rotation("X", qasm="rx"),
    _make_rotation("Y", qasm="ry"),
    _make_rotation("Z", qasm="rz"),
    _make_fixed("h", "Hadamard.", _HALF, ("Z", _HALF), ("X", _HALF), ("Z", _HALF)),
    _make_fixed("x", "Pauli X.", _HALF, ("X", Fraction(1))),
    _make_fixed("z", "Pauli Z.", _HALF, ("Z", Fraction(1))),
    _make_fixed("s", "diag(1, i).", _QUARTER, ("Z", _HALF)),
    _make_fixed("t", "diag(1, exp(i pi / 4)).", _EIGHTH, ("Z", _QUARTER)),
    Gate(
        "cnot",
        "X on the second qubit where the first is 1.",
        (("Z-", _HALF), ("-X", _HALF), ("ZX", -_HALF)),
        ("dot", "target"),
        lambda cirq: cirq.CNOT,
        qasm="cx",
        phase=_QUARTER,
        native=Native("cnot a b"),
    ),
    Gate(
        "cz",
        "diag(1, 1, 1, -1).",
        (("Z-", _HALF), ("-Z", _HALF), ("ZZ", -_HALF)),
        ("dot", "dot"),
        lambda cirq: cirq.CZ,
        qasm="cz",
        definition="h b; cnot a b; h b",
        phase=_QUARTER,
        native=Native("ry(-pi/2) b; cz a b; ry(pi/2) b", "cz a b"),
    ),
    Gate(
        "swap",
        "Exchanges two qubits.",
        (("XX", _HALF), ("YY", _HALF), ("ZZ", _HALF)),
        ("cross", "cross"),
        lambda cirq: cirq.SWAP,
        qasm="swap",
        definition="cnot a b; cnot b a; cnot a b",
        phase=_QUARTER,
    ),
    _make_controlled(
        "X",
        definition="h b; rz(t/2) b; cnot a b; rz(-t/2) b; cnot a b; h b",
        steps="h b; crz(t) a b; h b",
        entangled=("rx(t/2) b; cz a b; rx(-t/2) b; cz a b",),
    ),
    _make_controlled(
        "Y",
        definition="ry(t/2) b; cnot a b; ry(-t/2) b; cnot a b",
        entangled=(
            "ry(t/2) b; cz a b; ry(-t/2) b; cz a b",
            "ry(t/2) b; cnot a b; ry(-t/2) b; cnot a b",
        ),
    ),
    _make_controlled(
        "Z",
        definition="rz(t/2) b; cnot a b; rz(-t/2) b; cnot a b",
        entangled=(
            "rz(t/2) b; ry(-pi/2) b; cz a b; rx(t/2) b; cz a b; ry(pi/2) b",
            "rz(t/2) b; cnot a b; rz(-t/2) b; cnot a b",
        ),
    ),
    _make_rotation(
        "XX",
        definition="h a; h b; cnot a b; rz(t) b; cnot a b; h a; h b",
        steps="h a; h b; rzz(t) a b; h a; h b",
        entangled=("cnot a b; rx(t) a; cnot a b",),
    ),
    _make_rotation(
        "YY",
        definition="rx(pi/2) a; rx(pi/2) b; cnot a b; rz(t) b; cnot a b; rx(-pi/2) a; rx(-pi/2) b",
        steps="sdg a; sdg b; h a; h b; rzz(t) a b; h a; h b; s a; s b",
        entangled=("rx(pi/2) b; cz a b; ry(t) a; cz a b; rx(-pi/2) b",),
    ),
    _make_rotation(
        "ZZ",
        definition="cnot a b; rz(t) b; cnot a b",
        entangled=(
            "ry(-pi/2) b; cz a b; rx(-t) b; cz a b; ry(pi/2) b",
            "cnot a b; rz(t) b; cnot a b",
        ),
    ),
    Gate(
        "sqrt_iswap",
        "The square root of iSWAP: exp(i pi (X X + Y Y) / 8).",
        (("XX", -_QUARTER), ("YY", -_QUARTER)),
        ("√iSW", "√iSW"),
        lambda cirq: cirq.SQRT_ISWAP,
        definition=(
            "rx(pi/2) a; rx(pi/2) b; cnot a b; rx(-pi/4) a; rz(-pi/4) b; cnot a b; "
            "rx(-pi/2) a; rx(-pi/2) b"
        ),
        # exp(i pi X X / 4) is S X S X with X on one qubit, and iSWAP is S S. SWAP needs three
        # (Huang et al. 2021, arXiv:2105.06074).
        native=Native(
            cnot="h a; x a; sqrt_iswap a b; x a; sqrt_iswap a b; h a; rz(pi/2) a; rx(pi/2) b",
            exchange=("h a; rz(-pi/2) a; rz(-pi/2) b; sqrt_iswap a b; sqrt_iswap a b; h b"),
            swap=(
                "sqrt_iswap a b; h a; h b; sqrt_iswap a b; h a; h b; "
                "rx(pi/2) a; rx(pi/2) b; sqrt_iswap a b; rx(-pi/2) a; rx(-pi/2) b"
            ),
            rotation=rotate_by_sqrt_iswap,
        ),
    ),
    Gate(
        "ecr",
        "Echoed cross-resonance: exp(-i pi Z X / 4), then X on the first qubit.",
        (("ZX", _HALF), ("X-", Fraction(1))),
        ("ECR", "ECR"),
        lambda cirq: cirq.MatrixGate(compute_unitary("ecr"), name="ECR"),
        definition="rz(pi/2) a; rx(pi/2) b; cnot a b; x a",
        phase=_HALF,
        native=Native("x a; ecr a b; rz(pi/2) a; rx(pi/2) b"),
    ),
)

GATES: Registry[Gate] = Registry("gate", _GATES)
"""Every gate that a spec may hold, by its name."""
GATES.watch(compute_unitary.cache_clear)

SDG = Gate(
    "sdg",
    "The inverse of S.",
    (("Z", -_HALF),),
    ("S†",),
    lambda cirq: cirq.S**-1,
    qasm="sdg",
    phase=-_QUARTER,
)
"""A gate that only steps of simulations and definitions hold, and no spec."""


def find_gate(name: str) -> Gate:
    """Return the entry of a gate, which may also be the inverse of S."""
    return SDG if name == SDG.name else GATES[name]


def list_gates(arity: int, *, rotation: bool | None = None) -> tuple[str, ...]:
    """Return the names of the gates on so many qubits: all, or those with or without an angle."""
    return tuple(
        gate.name
        for gate in GATES.values()
        if gate.arity == arity and rotation in (None, gate.rotation)
    )


def list_native_gates() -> tuple[str, ...]:
    """Return the names of the two-qubit gates that devices may have, their usual one first."""
    names = (gate.name for gate in GATES.values() if gate.native)
    return tuple(sorted(names, key=lambda name: name != "cz"))
