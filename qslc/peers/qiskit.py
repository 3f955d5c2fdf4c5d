"""Have Qiskit compile programs, in this Python or another one that has it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sympy

from qslc.diagnostics import CompilerFaultError, Diagnostic, InputError
from qslc.ir.decompositions import expand
from qslc.ir.gates import find_gate
from qslc.ir.program import Operation, Placement, Program, rename_string
from qslc.targets.device import Device

SEEDS = tuple(range(10))
"""Random seeds of Qiskit, of which the best result counts."""

_PEER = Path(__file__).with_name("qiskit_peer")
_GATES = ("cz", "cnot", "ecr")


@dataclass(frozen=True, slots=True)
class Compiled:
    """A circuit that Qiskit made.

    Args:
        name: Name of the program that it was given.
        seed: Its random seed.
        program: Program on the device's qubits.
        placement: Places of the qubits of the program before the first and after the last gate.
    """

    name: str
    seed: int
    program: Program
    placement: Placement


def compile_with_qiskit(
    programs: Mapping[str, Program], device: Device, python: Path | None = None
) -> tuple[str, list[Compiled]]:
    """Compile programs with Qiskit at level 3 for a device, with its calibration if it has one.

    Args:
        programs: Logical programs by name.
        device: Device.
        python: Python that has Qiskit; None for this one.

    Returns:
        The version of Qiskit, and what it made with each seed.

    Raises:
        InputError: There is no Qiskit, or it does not know the gates of the device.
    """
    gate = next((each for each in device.gates if each in _GATES), None)
    if gate is None:
        message = f"Qiskit is compared on devices with CZ, CNOT or ECR, and {device.name} has none"
        raise InputError(Diagnostic(message, where="device"))
    if python is None and find_spec("qiskit") is None:
        raise InputError(
            Diagnostic(
                "Qiskit is not installed here",
                help="pip install qiskit, or name a Python that has it: --python PATH",
            )
        )
    given = {name: turn_readouts(program) for name, program in programs.items()}
    task = {
        "device": _describe(device, gate),
        "seeds": SEEDS,
        "circuits": [{"name": name, **_prepare(program)} for name, program in given.items()],
    }
    answer = _run(python or Path(sys.executable), json.dumps(task))
    rebuilt = [_rebuild(each, given[each["name"]], device) for each in answer["compiled"]]
    return answer["version"], rebuilt


def _run(python: Path, task: str) -> Any:
    try:
        done = subprocess.run(  # noqa: S603 - the user's own Python
            [str(python), str(_PEER)], input=task, capture_output=True, text=True, check=False
        )
    except OSError as error:
        message = f"{python} cannot be run: {error.strerror or error}"
        raise InputError(Diagnostic(message, help="--python names a Python")) from error
    if "No module named 'qiskit'" in done.stderr:
        raise InputError(
            Diagnostic(f"{python} has no Qiskit", help=f"{python} -m pip install qiskit")
        )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise InputError(Diagnostic(f"Qiskit failed in {python}: {last:.200}"))
    try:
        return json.loads(done.stdout)
    except ValueError as error:
        message = f"{python} does not answer as a Python with Qiskit does"
        raise InputError(Diagnostic(message, help="--python names a Python")) from error


def _describe(device: Device, gate: str) -> dict[str, Any]:
    known = device.calibration
    return {
        "qubits": len(device.coordinates),
        "edges": device.edges,
        "gate": gate,
        "calibration": known
        and {
            "one_qubit": known.one_qubit,
            "two_qubit": known.two_qubit,
            "readout": [sum(errors) / 2 for errors in known.readout],
            "gate_ns": known.moments_ns,
        },
    }


def turn_readouts(program: Program) -> Program:
    """Return a program that reads Z alone, after gates that turn other letters to it.

    That needs one letter for each qubit; otherwise the program stays as it is.
    """
    letters = sorted({pauli for each in program.observables for pauli in each.paulis})
    if len({qubit for qubit, _ in letters}) < len(letters):
        return program
    turns = {"X": ("h", None), "Y": ("rx", sympy.pi / 2)}
    added = (
        Operation(gate, (qubit,), angle)
        for qubit, (gate, angle) in ((q, turns[each]) for q, each in letters if each != "Z")
    )
    strings = tuple(
        replace(each, paulis=tuple((qubit, "Z") for qubit in each.qubits))
        for each in program.observables
    )
    return replace(program, operations=(*program.operations, *added), observables=strings)


def _prepare(program: Program) -> dict[str, Any]:
    """Return a program as values.

    Where other letters than Z are read, nothing is measured, and Qiskit does not know what is read.
    """
    letters = {pauli for each in program.observables for pauli in each.paulis}
    read = all(letter == "Z" for _, letter in letters)
    return {
        "qubits": program.qubits,
        "operations": [
            [op.gate, list(op.qubits), None if op.angle is None else _split(op.angle)]
            for given in program.operations
            for op in _write_known(given)
        ],
        "measured": sorted(qubit for qubit, _ in letters) if read else [],
    }


def _write_known(op: Operation) -> tuple[Operation, ...]:
    """Return a gate itself if Qiskit's circuits have a method for it, or what it is made of."""
    kind = find_gate(op.gate)
    if kind.qasm or op.gate in _GATES:
        return (op,)
    return expand(kind.definition, op.qubits, op.angle)


def _split(angle: sympy.Expr) -> dict[str, Any]:
    """Return an angle as its constant and factors of symbols; what is no sum of these as one."""
    terms: dict[str, float] = {}
    constant = 0.0
    for monomial, factor in angle.expand().as_coefficients_dict().items():
        if monomial.free_symbols:
            rest = factor * monomial
            number, symbols = rest.as_independent(*rest.free_symbols, as_Add=False)
            terms[str(symbols)] = terms.get(str(symbols), 0.0) + float(number)
        else:
            constant += float(factor * monomial)
    return {"constant": constant, "terms": terms}


def _rebuild(found: Any, asked: Program, device: Device) -> Compiled:
    """Make a program of what Qiskit returned."""
    symbols = {str(s): s for s in _list_terms(asked)}
    operations = tuple(_list_operations(found["operations"], symbols))
    end = found["end"]
    program = replace(
        asked,
        qubits=len(device.coordinates),
        operations=operations,
        observables=tuple(rename_string(each, end) for each in asked.observables),
        packing="aligned",
        native=device.gates,
    )
    return Compiled(
        found["name"], found["seed"], program, Placement(tuple(found["start"]), tuple(end))
    )


def _list_terms(program: Program) -> Iterator[sympy.Expr]:
    for op in program.operations:
        if op.angle is not None:
            for monomial in op.angle.expand().as_coefficients_dict():
                if monomial.free_symbols:
                    yield monomial.as_independent(*monomial.free_symbols, as_Add=False)[1]


def _list_operations(
    operations: Sequence[Any], symbols: Mapping[str, sympy.Expr]
) -> Iterator[Operation]:
    for name, qubits, angle in operations:
        on = tuple(qubits)
        if name == "sx":
            yield Operation("rx", on, sympy.pi / 2)
        elif angle is None:
            yield Operation(name, on)
        else:
            value = sympy.Float(angle["constant"]) if angle["constant"] else sympy.S.Zero
            quarter = angle["constant"] / (math.pi / 2)
            if abs(quarter - round(quarter)) < 1e-9:
                value = round(quarter) * sympy.pi / 2
            for term, factor in angle["terms"].items():
                if term not in symbols:
                    raise CompilerFaultError(f"Qiskit returned an unknown angle {term!r}")
                exact = round(factor) if abs(factor - round(factor)) < 1e-12 else factor
                value += exact * symbols[term]
            yield Operation(name, on, value)
