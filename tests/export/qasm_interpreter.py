"""A small interpreter of OpenQASM 3, on the syntax tree of the reference parser."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping

import numpy as np
import openqasm3
from openqasm3 import ast

from tests.export.emit_matrices import gate_matrix
from tests.lower.exact_simulation import apply_matrix, identity

BINARY = {"+": operator.add, "-": operator.sub, "*": operator.mul}
"""Without "**", which some readers of the language do not know."""
STANDARD = {"cx": "cnot"}


def qasm_matrix(text: str, values: Mapping[str, float], qubits: int) -> np.ndarray:
    """The unitary of a program on the first hardware qubits, the first one leading."""
    columns, _ = _run(text, values, [f"${i}" for i in range(qubits)])
    return columns.reshape(columns.shape[-1], -1)


def measured_state(text: str, values: Mapping[str, float]) -> tuple[np.ndarray, list[str]]:
    """The state of hardware qubits from |0...0>, and what each measured bit reads.

    Axis i of the state is the i-th of the hardware qubits that occur, by number.
    """
    columns, measured = _run(text, values, list_hardware(text))
    return columns[..., 0], measured


def _run(text: str, values: Mapping[str, float], qubits: list[str]) -> tuple[np.ndarray, list[str]]:
    parsed = openqasm3.parse(text)
    assert parsed.version == "3.0"
    scope: dict[str, float] = {"pi": math.pi}
    gates: dict[str, ast.QuantumGateDefinition] = {}
    hardware = {name: i for i, name in enumerate(qubits)}
    columns, measured = identity(len(hardware)), []
    for statement in parsed.statements:
        if isinstance(statement, ast.IODeclaration):
            scope[statement.identifier.name] = values[statement.identifier.name]
        elif isinstance(statement, ast.QuantumGateDefinition):
            gates[statement.name.name] = statement
        elif isinstance(statement, ast.QuantumGate):
            assert not measured
            places = [hardware[place.name] for place in statement.qubits]
            columns = _apply(statement, places, scope, gates, columns)
        elif isinstance(statement, ast.ClassicalDeclaration):
            bits = statement.type.size.value
        elif isinstance(statement, ast.QuantumMeasurementStatement):
            assert statement.target.indices[0][0].value == len(measured) < bits
            measured.append(statement.measure.qubit.name)
        else:
            assert isinstance(statement, ast.Include)
    return columns, measured


def list_hardware(text: str) -> list[str]:
    """The hardware qubits $n that statements act on, by number."""
    statements = [line for line in text.splitlines() if not line.startswith("//")]
    return sorted({*re.findall(r"\$\d+", "\n".join(statements))}, key=lambda name: int(name[1:]))


def expression_value(text: str, values: Mapping[str, float]) -> float:
    """The value of an angle. Integers are of 64 bits."""
    (gate,) = openqasm3.parse(f"OPENQASM 3.0;\nry({text}) q;\n").statements
    return _value(gate.arguments[0], {"pi": math.pi, **values})


def _apply(statement, qubits, scope, gates, columns) -> np.ndarray:
    name = statement.name.name
    arguments = [_value(argument, scope) for argument in statement.arguments]
    if name not in gates:
        return apply_matrix(gate_matrix(STANDARD.get(name, name), *arguments), qubits, columns)
    definition = gates[name]
    inner = dict(zip((a.name for a in definition.arguments), arguments, strict=True))
    places = dict(zip((q.name for q in definition.qubits), qubits, strict=True))
    for step in definition.body:
        on = [places[place.name] for place in step.qubits]
        columns = _apply(step, on, {"pi": math.pi, **inner}, {}, columns)
    return columns


def _value(expression, scope: Mapping[str, float]) -> float:
    if isinstance(expression, ast.Identifier):
        return scope[expression.name]
    if isinstance(expression, ast.IntegerLiteral | ast.FloatLiteral):
        assert isinstance(expression.value, float) or expression.value < 2**63
        return expression.value
    if isinstance(expression, ast.UnaryExpression):
        assert expression.op.name == "-"
        return -_value(expression.expression, scope)
    assert isinstance(expression, ast.BinaryExpression)
    left, right = _value(expression.lhs, scope), _value(expression.rhs, scope)
    if expression.op.name != "/":
        return BINARY[expression.op.name](left, right)
    whole = isinstance(left, int) and isinstance(right, int)
    return left // right if whole else left / right
