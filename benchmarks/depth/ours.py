"""Run qslc on a case, and read back what it wrote as OpenQASM."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from benchmarks.depth.check import find_fault
from benchmarks.depth.exchange import Compiled, PauliString, Task
from benchmarks.depth.qasm import Cost, count_cost, read_gates
from benchmarks.depth.suite import Case
from benchmarks.depth.tasks import draw_angles
from qslc.diagnostics import CompilerFaultError
from qslc.export.qasm import write_qasm
from qslc.pipeline import compile_spec

_EXPECTATION = re.compile(r"// expectation \d+: (-?)(.*)")
_PAULI = re.compile(r"([XYZ])\(\$(\d+)\)")


@dataclass(frozen=True, slots=True)
class Ours:
    """Our result: its cost, or None with the fault that was found; and the wall time in seconds."""

    cost: Cost | None
    seconds: float
    fault: str | None


def compile_case(case: Case, task: Task, objective: str) -> Ours:
    """Compile a case, and read and check the OpenQASM."""
    started = time.perf_counter()
    try:
        stages = compile_spec(case.make_spec(objective))
    except CompilerFaultError as error:
        return Ours(None, time.perf_counter() - started, str(error))
    seconds = time.perf_counter() - started
    text = write_qasm(stages.physical, stages.device, stages.placement)
    values = draw_angles(case.name, stages.logical)
    compiled = index_hardware(text)
    found = find_fault(
        task, Compiled(compiled, stages.placement.start, read_observables(text), values)
    )
    return Ours(None if found else count_cost(read_gates(compiled, values)), seconds, found)


def index_hardware(text: str) -> str:
    """Return the document with its hardware qubits as those of a register ``q``."""
    return re.sub(r"\$(\d+)", r"q[\1]", text)


def read_observables(text: str) -> tuple[PauliString, ...]:
    """Return the observables that the comments at the end of the document name."""
    return tuple(
        (-1 if sign else 1, tuple((int(qubit), letter) for letter, qubit in _PAULI.findall(terms)))
        for sign, terms in _EXPECTATION.findall(text)
    )
