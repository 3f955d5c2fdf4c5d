"""A small reader of OpenQASM 2 and 3: gates on indexed qubits, with angles in radians."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

_STATEMENT = re.compile(r"(?P<gate>\w+)\s*(?:\((?P<angles>.*)\))?\s+(?P<qubits>[^()]*)")
_NOT_GATES = frozenset(
    [
        "OPENQASM",
        "include",
        "qreg",
        "creg",
        "qubit",
        "bit",
        "input",
        "measure",
        "barrier",
        "gate",
        "opaque",
    ]
)
_OPERATORS: Mapping[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}


@dataclass(frozen=True, slots=True)
class Gate:
    """A gate, by its name in OpenQASM, on indices of the register ``q``."""

    name: str
    qubits: tuple[int, ...]
    angles: tuple[float, ...]


def gates(text: str, angles: Mapping[str, float] | None = None) -> tuple[Gate, ...]:
    """The gates of a document, in order; declarations, measurements and barriers are left out.

    Args:
        text: OpenQASM with its gates on a register ``q``.
        angles: The value in radians of each parameter.

    Raises:
        ValueError: For a statement that is none of these.
    """
    values = {"pi": math.pi, **(angles or {})}
    return tuple(_gate(statement, values) for statement in _statements(text))


def _statements(text: str) -> Iterator[str]:
    code = re.sub(r"//[^\n]*", "", text)
    code = re.sub(r"\bgate\b[^{}]*\{[^}]*\}", "", code)
    for statement in filter(None, map(str.strip, code.split(";"))):
        if re.split(r"[\s\[(]", statement, maxsplit=1)[0] not in _NOT_GATES:
            yield statement


def _gate(statement: str, values: Mapping[str, float]) -> Gate:
    match = _STATEMENT.fullmatch(statement)
    qubits = re.findall(r"q\[(\d+)\]", match["qubits"]) if match else []
    if not match or not qubits:
        raise ValueError(f"not a gate: {statement!r}")
    return Gate(
        match["gate"].lower(),
        tuple(map(int, qubits)),
        tuple(number(part, values) for part in (match["angles"] or "").split(",") if part),
    )


def number(text: str, values: Mapping[str, float]) -> float:
    """The value of an arithmetic expression over named values."""
    return _value(ast.parse(text.strip(), mode="eval").body, values)


def _value(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_value(inner, values)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_value(left, values), _value(right, values))
    raise ValueError(f"not arithmetic: {ast.unparse(node)}")
