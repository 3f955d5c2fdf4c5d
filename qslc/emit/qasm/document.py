"""OpenQASM 3 of a compiled program, its weights and inputs as ``input`` parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from qslc.emit.qasm.angle import angle_text
from qslc.emit.qasm.names import identifiers
from qslc.ir.metrics import used_qubits
from qslc.ir.program import Operation, PauliString, Placement, Program
from qslc.targets.device import Device

_GATE_NAMES: Mapping[str, str] = MappingProxyType({"cnot": "cx"})
_DEFINITIONS: Mapping[str, str] = MappingProxyType(
    {
        "rxx": "h a; h b; cx a, b; rz(radians) b; cx a, b; h a; h b;",
        "ryy": (
            "rx(pi/2) a; rx(pi/2) b; cx a, b; rz(radians) b; cx a, b; rx(-pi/2) a; rx(-pi/2) b;"
        ),
        "rzz": "cx a, b; rz(radians) b; cx a, b;",
    }
)
"""Two-qubit rotations, which stdgates.inc lacks: exp(-i angle P / 2) from two CNOTs."""


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
        *(f"gate {name}(radians) a, b {{ {_DEFINITIONS[name]} }}" for name in _own(used)),
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


def _own(used: set[str]) -> Iterator[str]:
    return (name for name in _DEFINITIONS if name in used)


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
    return f"{_GATE_NAMES.get(op.gate, op.gate)}{angle} {qubits};"


def _observable_comment(index: int, observable: PauliString, place: Mapping[int, str]) -> str:
    sign = "-" if observable.sign < 0 else ""
    factors = " ".join(f"{pauli}({place[qubit]})" for qubit, pauli in observable.paulis)
    return f"// expectation {index}: {sign}{factors or '1'}"
