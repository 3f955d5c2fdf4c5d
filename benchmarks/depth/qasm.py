"""Read a part of OpenQASM 2 and 3: gates on indexed qubits, with angles in radians."""

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


def read_gates(text: str, angles: Mapping[str, float] | None = None) -> tuple[Gate, ...]:
    """Return the gates of a document, in order, without declarations, measurements and barriers.

    Args:
        text: OpenQASM with its gates on a register ``q``.
        angles: The value in radians of each parameter.

    Raises:
        ValueError: A statement is none of these.
    """
    values = {"pi": math.pi, **(angles or {})}
    return tuple(_read_gate(statement, values) for statement in _split_statements(text))


def _split_statements(text: str) -> Iterator[str]:
    code = re.sub(r"//[^\n]*", "", text)
    code = re.sub(r"\bgate\b[^{}]*\{[^}]*\}", "", code)
    for statement in filter(None, map(str.strip, code.split(";"))):
        if re.split(r"[\s\[(]", statement, maxsplit=1)[0] not in _NOT_GATES:
            yield statement


def _read_gate(statement: str, values: Mapping[str, float]) -> Gate:
    match = _STATEMENT.fullmatch(statement)
    qubits = re.findall(r"q\[(\d+)\]", match["qubits"]) if match else []
    if not match or not qubits:
        raise ValueError(f"not a gate: {statement!r}")
    return Gate(
        match["gate"].lower(),
        tuple(map(int, qubits)),
        tuple(evaluate(part, values) for part in (match["angles"] or "").split(",") if part),
    )


def evaluate(text: str, values: Mapping[str, float]) -> float:
    """Return the value of an arithmetic expression over named values."""
    return _evaluate(ast.parse(text.strip(), mode="eval").body, values)


def _evaluate(node: ast.expr, values: Mapping[str, float]) -> float:
    match node:
        case ast.Constant(value=int() | float() as value):
            return float(value)
        case ast.Name(id=name) if name in values:
            return values[name]
        case ast.UnaryOp(op=ast.USub(), operand=inner):
            return -_evaluate(inner, values)
        case ast.BinOp(left=left, op=sign, right=right) if type(sign) in _OPERATORS:
            return _OPERATORS[type(sign)](_evaluate(left, values), _evaluate(right, values))
    raise ValueError(f"not arithmetic: {ast.unparse(node)}")
