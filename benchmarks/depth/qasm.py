"""Read gates from OpenQASM 2 and 3, and count those on two qubits in units of CZ or CNOT."""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

_STATEMENT = re.compile(r"(?P<gate>\w+)\s*(?:\((?P<angles>.*)\))?\s+(?P<qubits>[^()]*)")
_NOT_GATES = (
    *("OPENQASM", "include", "qreg", "creg", "qubit", "bit", "input"),
    *("measure", "barrier", "gate", "opaque"),
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
        tuple(
            _evaluate(ast.parse(part.strip(), mode="eval").body, values)
            for part in (match["angles"] or "").split(",")
            if part
        ),
    )


def _evaluate(node: ast.expr, values: Mapping[str, float]) -> float:
    """Return the value of an arithmetic expression over named values."""
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


COSTS = {"cx": 1, "cz": 1, "swap": 3}


class Cost(NamedTuple):
    """Cost of a circuit, in the order in which costs are compared.

    ``depth`` is the longest chain of two-qubit gates, ``gates`` their number; a SWAP counts three
    times in both, one-qubit gates count nowhere.
    """

    depth: int
    gates: int


def count_cost(circuit: Iterable[Gate]) -> Cost:
    """Count the cost of a circuit.

    Raises:
        ValueError: A gate on several qubits is none of CX, CZ and SWAP.
    """
    reached: dict[int, int] = {}
    total = 0
    for gate in circuit:
        if len(gate.qubits) == 1:
            continue
        if gate.name not in COSTS:
            raise ValueError(f"{gate.name} on {len(gate.qubits)} qubits cannot be counted")
        total += COSTS[gate.name]
        level = max(reached.get(qubit, 0) for qubit in gate.qubits) + COSTS[gate.name]
        reached.update(dict.fromkeys(gate.qubits, level))
    return Cost(max(reached.values(), default=0), total)


def find_uncoupled(
    circuit: Iterable[Gate], edges: Iterable[tuple[int, int]]
) -> set[tuple[int, ...]]:
    """Return the pairs of qubits that some gate acts on although no coupler joins them."""
    coupled = {frozenset(edge) for edge in edges}
    pairs = {gate.qubits for gate in circuit if len(gate.qubits) > 1}
    return {pair for pair in pairs if frozenset(pair) not in coupled}
