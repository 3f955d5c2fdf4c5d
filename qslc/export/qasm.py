"""Write a compiled program as OpenQASM 3, its weights and inputs as ``input`` parameters."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import chain

import sympy

from qslc.diagnostics import CompilerFaultError
from qslc.export.measurement import KEY
from qslc.ir.decompositions import expand, parse
from qslc.ir.gate import Gate
from qslc.ir.gates import GATES
from qslc.ir.metrics import find_used_qubits
from qslc.ir.program import Operation, PauliString, Placement, Program
from qslc.ir.settings import Setting
from qslc.targets.device import Device

_ENCODED = "// the logical qubits hold the encoded vector before the first gate, 0 the leading bit"


def write_qasm(
    program: Program, device: Device, placement: Placement, setting: Setting | None = None
) -> str:
    """Write a program on a device in OpenQASM 3, with the measurement of a setting.

    ``$n`` is the device qubit n, counted from 0 in the order of the device. The measured bits are
    ``bits``; comments say of which an expectation is the mean parity. Without a setting nothing is
    measured, and comments say which Pauli strings the expectations are of.

    Raises:
        ValueError: For an angle that OpenQASM cannot express.
    """
    place = {qubit: f"${qubit}" for qubit in range(len(device.coordinates))}
    names = choose_identifiers((*program.weights, *program.inputs), (KEY,))
    operations = (*program.operations, *(setting.rotations if setting else ()))
    turned = replace(program, operations=operations)
    lines = [
        *_write_head(turned, names),
        "",
        *(
            _describe_qubit(qubit, place[qubit], device, placement)
            for qubit in _list_qubits(program, placement)
        ),
        *([_ENCODED] if program.start == "any" else []),
        *([f"bit[{len(setting.bases)}] {KEY};"] if setting and setting.bases else []),
        "",
        *(_write_statement(op, place, names) for op in operations),
        "",
        *_write_end(program, place, setting),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _write_end(
    program: Program, place: Mapping[int, str], setting: Setting | None
) -> Iterator[str]:
    """Yield the measurements of a setting, and what the expectations are of."""
    if setting is None:
        yield from (_describe_observable(i, o, place) for i, o in enumerate(program.observables))
        return
    bit = {qubit: f"{KEY}[{i}]" for i, (qubit, _) in enumerate(setting.bases)}
    yield from (f"{bit[qubit]} = measure {place[qubit]};" for qubit in bit)
    yield ""
    yield from (_describe_parity(i, program.observables[i], bit) for i in setting.members)


def _list_qubits(program: Program, placement: Placement) -> list[int]:
    return sorted({*find_used_qubits(program), *placement.start, *placement.end})


def _write_head(program: Program, names: Mapping[str, str]) -> Iterator[str]:
    """Yield the version, the inputs, and the definitions of the gates that the language lacks."""
    used = {op.gate for op in program.operations}
    gates = [gate for gate in GATES.values() if gate.name in used]
    for gate in gates:
        _check_name(gate)
    undefined = chain.from_iterable(map(_find_undefined, gates))
    yield from ("OPENQASM 3.0;", 'include "stdgates.inc";', "")
    yield from (
        f"input float[64] {own};" + f"  // {name}" * (own.rstrip("_") != name.rstrip("_"))
        for name, own in names.items()
    )
    yield from (_define(gate) for gate in dict.fromkeys(undefined))


def _find_undefined(gate: Gate) -> Iterator[Gate]:
    """Yield the gate if stdgates.inc lacks it, behind those that it is defined by."""
    if not gate.qasm:
        for part in parse(gate.definition):
            if part.gate in GATES:
                yield from _find_undefined(GATES[part.gate])
        yield gate


def _check_name(gate: Gate) -> None:
    """Check that a gate has a name in OpenQASM, or one that is free to be defined."""
    if gate.qasm and gate.qasm not in _GATES.split():
        message = (
            f"stdgates.inc has no {gate.qasm!r}, which the gate {gate.name!r} names as its own"
        )
        raise CompilerFaultError(message)
    if not gate.qasm and gate.name in RESERVED:
        raise CompilerFaultError(f"OpenQASM has its own {gate.name!r}: name it in the gate's qasm")


def _define(gate: Gate) -> str:
    """Return the definition of a gate by gates of stdgates.inc and those defined before."""
    angle = sympy.Symbol("radians")
    places = dict(enumerate("ab"[: gate.arity]))
    parts = expand(gate.definition, tuple(places), angle)
    body = " ".join(_write_statement(part, places, {"radians": "radians"}) for part in parts)
    parameters = "(radians)" if gate.rotation else ""
    return f"gate {gate.name}{parameters} {', '.join(places.values())} {{ {body} }}"


def _describe_qubit(qubit: int, place: str, device: Device, placement: Placement) -> str:
    roles = [
        f"logical {where.index(qubit)} at the {when}"
        for when, where in (("start", placement.start), ("end", placement.end))
        if qubit in where
    ]
    return f"// {place}: {', '.join([device.label(qubit), *roles])}"


def _write_statement(op: Operation, place: Mapping[int, str], names: Mapping[str, str]) -> str:
    angle = "" if op.angle is None else f"({write_angle(op.angle, names)})"
    qubits = ", ".join(place[qubit] for qubit in op.qubits)
    # What only definitions hold has its own name in OpenQASM.
    name = (op.gate in GATES and op.kind.qasm) or op.gate
    return f"{name}{angle} {qubits};"


def _describe_observable(index: int, observable: PauliString, place: Mapping[int, str]) -> str:
    sign = "-" if observable.sign < 0 else ""
    factors = " ".join(f"{pauli}({place[qubit]})" for qubit, pauli in observable.paulis)
    return f"// expectation {index}: {sign}{factors or '1'}"


def _describe_parity(index: int, observable: PauliString, bit: Mapping[int, str]) -> str:
    """Return a comment that says of which bits the parity has the expectation as its mean.

    The parity is 1 for an even number of ones, and -1 for an odd one.
    """
    sign = "minus the " if observable.sign < 0 else "the "
    factors = ", ".join(bit[qubit] for qubit, _ in observable.paulis)
    return f"// expectation {index}: {sign}mean parity of {factors}"


_EXACT = 2**53
"""Larger integers are written as floats: they may be too large for the integers of a reader."""


def write_angle(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    """Write an angle in OpenQASM 3, in radians, with the identifiers that ``names`` gives.

    Only sums, products and quotients are used, which every reader of OpenQASM knows: a power is a
    product. Quotients are written so that none is the integer division of the language, where 1/3
    is 0.

    Raises:
        ValueError: For a function or a root of a symbol, which has no such expression.
    """
    if isinstance(angle, sympy.Symbol):
        return names[angle.name]
    if angle is sympy.pi:
        return "pi"
    if isinstance(angle, sympy.Integer) and abs(angle) <= _EXACT:
        return str(angle)
    if isinstance(angle, sympy.Add):
        return _write_sum(angle, names)
    if isinstance(angle, sympy.Rational | sympy.Mul | sympy.Pow):
        return _write_quotient(angle, names)
    return _write_number(angle)


def _write_number(angle: sympy.Expr) -> str:
    if angle.free_symbols:
        raise ValueError(f"OpenQASM has no expression for {angle}")
    return repr(float(angle))


def _write_sum(angle: sympy.Add, names: Mapping[str, str]) -> str:
    first, *rest = (write_angle(term, names) for term in angle.as_ordered_terms())
    return first + "".join(
        f" - {term[1:]}" if term.startswith("-") else f" + {term}" for term in rest
    )


def _write_quotient(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    """Write a product of factors, divided by one after another: 2*a*a/3/pi."""
    coefficient, rest = angle.as_coeff_Mul()
    above: list[str] = []
    below: list[str] = []
    for factor in sympy.Mul.make_args(rest) if rest != 1 else ():
        base, exponent = factor.as_base_exp()
        if not exponent.is_Integer or base.is_Rational:
            base, exponent = factor, sympy.S.One
        (above if exponent > 0 else below).extend(
            [_write_operand(base, names)] * abs(int(exponent))
        )
    sign = "-" if coefficient < 0 else ""
    number, divisor = _write_coefficient(abs(coefficient), alone=not above)
    text = "*".join([*number, *sorted(above)])
    return sign + "/".join([text, *divisor, *sorted(below)])


def _write_coefficient(value: sympy.Expr, *, alone: bool) -> tuple[list[str], list[str]]:
    """Return a positive number as a factor, which nothing stands for if it is 1, and a divisor."""
    if not isinstance(value, sympy.Rational) or max(value.p, value.q) > _EXACT:
        return [repr(float(value))], []
    divisor = [str(value.q)] if value.q != 1 else []
    if alone:
        return [f"{value.p}.0"], divisor
    return ([str(value.p)] if value.p != 1 else []), divisor


def _write_operand(angle: sympy.Expr, names: Mapping[str, str]) -> str:
    text = write_angle(angle, names) if not isinstance(angle, sympy.Pow) else _write_number(angle)
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


def _make_identifier(name: str) -> str:
    """Return a name with underscores in the place of what no identifier holds."""
    made = re.sub(r"\W", "_", name)
    return made if made[:1].isalpha() or made[:1] == "_" else f"_{made}"


def choose_identifiers(names: Iterable[str], own: Iterable[str] = ()) -> dict[str, str]:
    """Return an OpenQASM identifier for each name, with underscores where it is none or is taken.

    Args:
        names: Names of weights and inputs.
        own: More identifiers that the text declares itself.
    """
    wanted = tuple(names)
    reserved = RESERVED | GATES.keys() | {*own}
    taken = {*reserved, *wanted}
    found: dict[str, str] = {}
    for name in wanted:
        found[name] = _make_identifier(name)
        while (name in reserved or found[name] != name) and found[name] in taken:
            found[name] += "_"
        taken.add(found[name])
    return found
