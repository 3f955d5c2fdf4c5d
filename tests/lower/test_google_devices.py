from __future__ import annotations

import cirq_google
import pytest
import sympy

from qslc.export.cirq_circuit import to_circuit
from qslc.ir.gates import GATES
from qslc.ir.program import Operation, Program
from qslc.lower.physical import lower_to_device
from qslc.spec.devices import build_device
from tests.lower.patterns import PATTERNS, layered


def validate(name: str, program: Program, level: int = 1) -> None:
    target = build_device(name, program.qubits)
    physical = lower_to_device(program, target, level, 0).program
    chip = cirq_google.engine.create_device_from_processor_id(name)
    chip.validate_circuit(to_circuit(physical, target))


@pytest.mark.parametrize("name", ["rainbow", "weber"])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_google_accepts_every_pattern(name, pattern):
    validate(name, layered(pattern, 9, 2))
    validate(name, layered(pattern, 10, 1, "crx"))


@pytest.mark.parametrize("name", ["rainbow", "weber"])
def test_google_accepts_every_gate(name):
    t = sympy.Symbol("t")
    operations = tuple(
        Operation(gate.name, (0, 2)[: gate.arity], t if gate.rotation else None)
        for gate in GATES.values()
    )
    validate(name, Program(3, operations, (), ("t",)))
