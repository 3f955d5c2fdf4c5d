"""Lower a spec to its logical program: the encoder's gates, the ansatz, the observables."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count
from types import MappingProxyType
from typing import Any, TypeAlias

import sympy
from typing_extensions import assert_never

from qslc.diagnostics import CompilerFaultError
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, PauliString, Program
from qslc.spec.ansatz import BlockAnsatz, Fixed, LayeredAnsatz, Rotation, RotationPair
from qslc.spec.expression import (
    FRESH,
    Binary,
    Expression,
    Negative,
    Number,
    Operator,
    Pi,
    Symbol,
    find_symbols,
    parse,
)
from qslc.spec.model import Spec
from qslc.spec.observables import expand_measure
from qslc.spec.patterns import list_pairs

_Gate: TypeAlias = tuple[str, tuple[int, ...], Expression | None]
"""Name, qubits and angle, in which ``theta`` still stands for a fresh weight."""


def lower_to_logical(spec: Spec) -> Program:
    """Return the program that a checked spec describes, gate for gate as it is written.

    Fresh weights are theta_0, theta_1, ... in the order of the gates. A vector that is encoded in
    the amplitudes enters from outside, so such a program holds no encoder gates.

    Raises:
        CompilerFaultError: The encoder yields what is no gate on these qubits, or does not encode
            all of its inputs and nothing else; the message names it.
    """
    inputs = spec.encoder.inputs(spec.qubits)
    if inputs.are_amplitudes and inputs.width + inputs.bias > 1 << spec.qubits:
        message = f"{inputs.width + inputs.bias} amplitudes do not fit on {spec.qubits} qubits"
        raise CompilerFaultError(f"the encoder {spec.encoder.name!r}: {message}")
    encoder = tuple(_list_encoder(spec, inputs.angles))
    listed = getattr(spec.ansatz, "weights", ())
    ansatz, weights = _number_weights(_list_ansatz(spec), inputs.angles, listed)
    return Program(
        qubits=spec.qubits,
        operations=(*encoder, *ansatz),
        observables=tuple(
            PauliString(terms) for terms in expand_measure(spec.measure, spec.qubits)
        ),
        weights=weights,
        inputs=inputs.angles,
        start="any" if inputs.are_amplitudes else "zero",
    )


def _list_encoder(spec: Spec, inputs: tuple[str, ...]) -> Iterator[Operation]:
    encoded: set[str] = set()
    for gate, qubits, angle in spec.encoder.gates(spec.qubits):
        if not _is_gate(gate, qubits, angle, spec.qubits):
            message = f"{gate} on {qubits}, which is no gate of {spec.qubits} qubits"
            raise CompilerFaultError(f"the encoder {spec.encoder.name!r} yields {message}")
        encoded |= set() if angle is None else {*find_symbols(angle)}
        yield _make_operation(gate, qubits, angle)
    wrong = sorted(encoded.symmetric_difference(inputs))
    if wrong and not spec.encoder.in_ansatz:
        message = f"its gates and its inputs do not both have {', '.join(wrong)}"
        raise CompilerFaultError(f"the encoder {spec.encoder.name!r}: {message}")


def _is_gate(gate: str, on: tuple[int, ...], angle: Expression | None, qubits: int) -> bool:
    if gate not in GATES or len({*on}) < len(on) or not all(0 <= qubit < qubits for qubit in on):
        return False
    kind = GATES[gate]
    return kind.arity == len(on) and kind.rotation == (angle is not None)


def _make_operation(
    gate: str, qubits: tuple[int, ...], angle: Expression | None, names: Mapping[str, str] = {}
) -> Operation:
    return Operation(gate, qubits, None if angle is None else to_sympy(angle, names))


def _number_weights(
    gates: Iterator[_Gate], inputs: Sequence[str], listed: Sequence[str]
) -> tuple[tuple[Operation, ...], tuple[str, ...]]:
    """Number the fresh weights; return the gates, and all weights.

    These are the listed ones, which angles call theta_0, theta_1, ..., or else all by order of
    first occurrence.
    """
    number = count()
    operations = []
    weights = dict.fromkeys(listed)
    known = {f"{FRESH}_{i}": name for i, name in enumerate(listed)}
    for gate, qubits, angle in gates:
        names = (
            {} if angle is None else {name: known.get(name, name) for name in find_symbols(angle)}
        )
        if FRESH in names:
            names[FRESH] = f"{FRESH}_{next(number)}"
        weights.update(dict.fromkeys(name for name in names.values() if name not in inputs))
        operations.append(_make_operation(gate, qubits, angle, names))
    return tuple(operations), tuple(weights)


def _list_ansatz(spec: Spec) -> Iterator[_Gate]:
    match spec.ansatz:
        case LayeredAnsatz():
            return _list_layers(spec.ansatz, spec.qubits)
        case BlockAnsatz():
            return _list_block(spec.ansatz, spec.qubits)
    assert_never(spec.ansatz)


def _list_layers(ansatz: LayeredAnsatz, qubits: int) -> Iterator[_Gate]:
    entangler, fresh = ansatz.entangler, Symbol(FRESH)
    rotations = [(gate, (qubit,), fresh) for gate in ansatz.rotations for qubit in range(qubits)]
    for layer in range(ansatz.depth):
        yield from rotations
        if entangler != "none":
            angle = fresh if GATES[entangler.gate].rotation else None
            for pair in list_pairs(entangler.pattern, qubits, layer):
                yield entangler.gate, pair, angle
    if ansatz.final_rotations:
        yield from rotations


def _list_block(ansatz: BlockAnsatz, qubits: int) -> Iterator[_Gate]:
    for layer in range(ansatz.repeat):
        for entry in ansatz.block:
            gate, placement = entry.gate, entry.placement
            angle = None
            if isinstance(placement, Rotation | RotationPair):
                angle = parse(placement.angle)
            if isinstance(placement, Fixed | Rotation):
                chosen = range(qubits) if placement.on == "all" else placement.on
                yield from ((gate, (qubit,), angle) for qubit in chosen)
            else:
                yield from ((gate, pair, angle) for pair in list_pairs(placement.on, qubits, layer))


_OPERATORS: Mapping[Operator, Callable[[Any, Any], sympy.Expr]] = MappingProxyType(
    {
        "+": operator.add,
        "-": operator.sub,
        "*": operator.mul,
        "/": operator.truediv,
        "**": operator.pow,
    }
)


def to_sympy(expression: Expression, names: Mapping[str, str]) -> sympy.Expr:
    """Return the sympy form of an angle in radians, its symbols renamed as ``names`` says.

    Decimal numbers are the exact fractions that they are written as: 0.5 is 1/2.
    """
    match expression:
        case Symbol(name):
            return sympy.Symbol(names.get(name, name))
        case Number(value):
            return sympy.Rational(repr(value))
        case Negative(operand):
            return -to_sympy(operand, names)
        case Binary(sign, left, right):
            return _OPERATORS[sign](to_sympy(left, names), to_sympy(right, names))
        case Pi():
            return sympy.pi
    assert_never(expression)
