"""Write a compiled program as OpenQASM 3, its weights and inputs as ``input`` parameters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sympy

from qslc.ir.decompositions import expand, parse
from qslc.ir.gate import Gate
from qslc.ir.gates import GATES
from qslc.ir.metrics import used_qubits
from qslc.ir.program import Operation, PauliString, Placement, Program
from qslc.targets.device import Device


def qasm(program: Program, device: Device, placement: Placement) -> str:
    """The physical program in OpenQASM 3.

    ``q`` holds the device qubits that the program uses, in the order of the device. Observables
    are expectation values of a state, so they stand in comments, not as measurements.

    Raises:
        ValueError: for an angle that OpenQASM cannot express.
    """
    register = sorted({*used_qubits(program), *placement.start, *placement.end})
    place = {qubit: f"q[{i}]" for i, qubit in enumerate(register)}
    used = {op.gate for op in program.operations}
    names = identifiers((*program.weights, *program.inputs))
    lines = [
        "OPENQASM 3.0;",
        'include "stdgates.inc";',
        "",
        *(f"input float[64] {name};" for name in names.values()),
        *(_definition(gate) for gate in _undefined(used)),
        "",
        f"qubit[{len(register)}] q;",
        *(_qubit_comment(qubit, place[qubit], device, placement) for qubit in register),
        *_start_comment(program),
        "",
        *(_statement(op, place, names) for op in program.operations),
        "",
        *(_observable_comment(i, o, place) for i, o in enumerate(program.observables)),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _undefined(used: set[str]) -> list[Gate]:
    """Return the gates that stdgates.inc lacks, those that another is defined by before it."""
    found: dict[str, Gate] = {}

    def add(gate: Gate) -> None:
        if not gate.qasm and gate.name not in found:
            for part in parse(gate.definition):
                if part.gate in GATES:
                    add(GATES[part.gate])
            found[gate.name] = gate

    for gate in GATES.values():
        if gate.name in used:
            add(gate)
    return list(found.values())


def _definition(gate: Gate) -> str:
    """Return the definition of a gate by gates of stdgates.inc and those defined before."""
    angle = sympy.Symbol("radians")
    places = dict(enumerate("ab"[: gate.arity]))
    parts = expand(gate.definition, tuple(places), angle)
    body = " ".join(_statement(part, places, {"radians": "radians"}) for part in parts)
    parameters = "(radians)" if gate.rotation else ""
    return f"gate {gate.name}{parameters} {', '.join(places.values())} {{ {body} }}"


def _qubit_comment(qubit: int, place: str, device: Device, placement: Placement) -> str:
    roles = [
        f"logical {where.index(qubit)} at the {when}"
        for when, where in (("start", placement.start), ("end", placement.end))
        if qubit in where
    ]
    return f"// {place}: {', '.join([device.label(qubit), *roles])}"


def _start_comment(program: Program) -> list[str]:
    encoded = (
        "// the logical qubits hold the encoded vector before the first gate, 0 the leading bit"
    )
    return [encoded] if program.start == "any" else []


def _statement(op: Operation, place: Mapping[int, str], names: Mapping[str, str]) -> str:
    angle = "" if op.angle is None else f"({angle_text(op.angle, names)})"
    qubits = ", ".join(place[qubit] for qubit in op.qubits)
    return f"{_qasm_name(op.gate)}{angle} {qubits};"


def _qasm_name(gate: str) -> str:
    """Return the name of a gate in OpenQASM; what only definitions hold has its own name there."""
    return gate if gate not in GATES else GATES[gate].qasm or gate


def _observable_comment(index: int, observable: PauliString, place: Mapping[int, str]) -> str:
    sign = "-" if observable.sign < 0 else ""
    factors = " ".join(f"{pauli}({place[qubit]})" for qubit, pauli in observable.paulis)
    return f"// expectation {index}: {sign}{factors or '1'}"


_EXACT = 2**53
"""Larger integers are written as floats: they may be too large for the integers of a reader."""


def angle_text(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    """The expression in OpenQASM 3, in radians; ``names`` gives each symbol's identifier.

    Only sums, products and quotients are used, which every reader of OpenQASM knows: a power is a
    product. Quotients are written so that none is the integer division of the language, where 1/3
    is 0.

    Raises:
        ValueError: for a function or a root of a symbol, which has no such expression.
    """
    if isinstance(angle, sympy.Symbol):
        return names[angle.name]
    if angle is sympy.pi:
        return "pi"
    if isinstance(angle, sympy.Integer) and abs(angle) <= _EXACT:
        return str(angle)
    if isinstance(angle, sympy.Add):
        return _sum(angle, names)
    if isinstance(angle, sympy.Rational | sympy.Mul | sympy.Pow):
        return _quotient(angle, names)
    return _number(angle)


def _number(angle: sympy.Expr) -> str:
    if angle.free_symbols:
        raise ValueError(f"OpenQASM has no expression for {angle}")
    return repr(float(angle))


def _sum(angle: sympy.Add, names: Mapping[str, str]) -> str:
    first, *rest = (angle_text(term, names) for term in angle.as_ordered_terms())
    return first + "".join(
        f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in rest
    )


def _quotient(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    """A product of factors, divided by one after another: 2*a*a/3/pi."""
    coefficient, rest = angle.as_coeff_Mul()
    above: list[str] = []
    below: list[str] = []
    for factor in sympy.Mul.make_args(rest) if rest != 1 else ():
        base, exponent = factor.as_base_exp()
        if not exponent.is_Integer or base.is_Rational:
            base, exponent = factor, sympy.S.One
        (above if exponent > 0 else below).extend([_operand(base, names)] * abs(int(exponent)))
    sign = "-" if coefficient < 0 else ""
    number, divisor = _coefficient(abs(coefficient), alone=not above)
    text = "*".join([*number, *sorted(above)])
    return sign + "/".join([text, *divisor, *sorted(below)])


def _coefficient(value: sympy.Expr, *, alone: bool) -> tuple[list[str], list[str]]:
    """A positive number as a factor, which nothing stands for if it is 1, and a divisor."""
    if not isinstance(value, sympy.Rational) or max(value.p, value.q) > _EXACT:
        return [repr(float(value))], []
    divisor = [str(value.q)] if value.q != 1 else []
    if alone:
        return [f"{value.p}.0"], divisor
    return ([str(value.p)] if value.p != 1 else []), divisor


def _operand(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    text = angle_text(angle, names) if not isinstance(angle, sympy.Pow) else _number(angle)
    return f"({text})" if isinstance(angle, sympy.Add) or text.startswith("-") else text


_KEYWORDS = """
OPENQASM include defcalgrammar def cal defcal gate extern box let break continue if else end return
for while in switch case default pragma input output const readonly mutable qreg qubit creg bool bit
int uint float angle complex array void duration stretch gphase inv pow ctrl negctrl durationof
delay reset measure barrier true false im pi tau euler π τ ℇ nop U
"""
_FUNCTIONS = """
arccos arcsin arctan ceiling cos exp floor log mod popcount real imag rotl rotr sin sizeof sqrt tan
"""
_GATES = """
CX p x y z h s sdg t tdg sx rx ry rz cx cy cz cp crx cry crz ch swap ccx cswap cu phase cphase id
u1 u2 u3 q
"""
RESERVED = frozenset(f"{_KEYWORDS} {_FUNCTIONS} {_GATES}".split())
"""Keywords, constants, functions, gates of stdgates.inc, and what our output declares."""


def identifiers(names: Iterable[str]) -> dict[str, str]:
    """An OpenQASM identifier for each name: itself, or with underscores added where it is taken."""
    wanted = tuple(names)
    reserved = RESERVED | GATES.keys()
    taken = {*reserved, *wanted}
    found: dict[str, str] = {}
    for name in wanted:
        found[name] = _free(name, taken) if name in reserved else name
        taken.add(found[name])
    return found


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name
