"""Read the file of a circuit: OpenQASM 2 or 3, or Cirq's JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cirq

from qslc.circuits.qasm import read_qasm
from qslc.circuits.reading import (
    Place,
    Placed,
    check_size,
    find_roles,
    list_names,
    read_circuit,
    write_ansatz,
)
from qslc.diagnostics import Diagnostic, InputError, Span

ELSEWHERE = "qslc.sublayer(NAME).circuit(TEXT, inputs=[...]) takes OpenQASM of Qiskit and PennyLane"
"""What to do with a circuit that is not of Cirq."""


def read_ansatz(
    source: Any,
    inputs: Sequence[Any],
    weights: Sequence[Any] | None,
    project: Any,
    file: Path | None = None,
) -> dict[str, Any]:
    """Return ``qubits``, ``encoder`` and ``ansatz`` of a circuit as plain data of a spec.

    Args:
        source: A circuit of Cirq; or a text, OpenQASM or Cirq's JSON.
        inputs: The symbols that are inputs, by name or of sympy, in the layer's order.
        weights: The other symbols in the order of ``theta``; sorted by name where None.
        project: How wider hidden states become the inputs.
        file: The file of the text; None: it is from none.

    Raises:
        InputError: The circuit is none that a layer can have; all reasons are told. What is wrong
            with the symbols has ``where`` "inputs".
    """
    place, declared = Place(where="circuit"), tuple[str, ...]()
    if isinstance(source, str):
        path = file or Path("<string>")
        place = Place(where=str(path))
        if source.lstrip()[:1] in ("{", "["):
            operations, qubits = _read_cirq(_read_json(source, str(path)), place)
        else:
            read = read_qasm(source, str(path), path.parent)
            operations, qubits, declared = list(read.operations), [*read.qubits], read.symbols
    elif isinstance(source, cirq.AbstractCircuit):
        operations, qubits = _read_cirq(source, place)
    else:
        message = f"expected a cirq.Circuit, got a {type(source).__name__}"
        raise InputError(place.report(message, ELSEWHERE))
    check_size(len(qubits), len(operations), place)
    names = None if weights is None else list_names(weights)
    roles, problems = find_roles(operations, list_names(inputs), names, declared)
    if problems:
        raise InputError(*(Diagnostic(text, None, "inputs", advice) for text, advice in problems))
    return write_ansatz(operations, qubits, roles, project)


def _read_cirq(
    circuit: cirq.AbstractCircuit, place: Place
) -> tuple[list[Placed], Sequence[cirq.Qid]]:
    qubits = sorted(circuit.all_qubits())
    check_size(len(qubits), sum(map(len, circuit)), place)
    return read_circuit(circuit, place), qubits


def _read_json(text: str, file: str) -> cirq.AbstractCircuit:
    """Return the circuit of Cirq's JSON, which names classes of Cirq and nothing else.

    Raises:
        InputError: The text is no JSON, or no circuit.
    """
    try:
        json.loads(text)
        circuit = cirq.read_json(json_text=text)
    except json.JSONDecodeError as error:
        line = text.split("\n")[error.lineno - 1]
        span = Span(file, error.lineno, error.colno, 1, line)
        raise InputError(Diagnostic(f"this is no JSON: {error.msg}", span)) from None
    except Exception as error:  # whatever the classes of Cirq make of wrong values
        reason = " ".join(str(error).split())[:200]
        message = f"Cirq cannot read this circuit: {reason or type(error).__name__}"
        raise InputError(Diagnostic(message, Span(file, 1, 1))) from None
    if not isinstance(circuit, cirq.AbstractCircuit):
        message = f"the file holds a {type(circuit).__name__}, not a circuit"
        raise InputError(Diagnostic(message, Span(file, 1, 1), help="cirq.to_json(circuit, FILE)"))
    return circuit
