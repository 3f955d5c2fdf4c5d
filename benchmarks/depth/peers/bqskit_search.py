"""BQSKit's compiler, for the few qubits that its numerical synthesis can take."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bqskit import MachineModel
from bqskit.compiler import Compiler
from bqskit.compiler.compile import compile as bqskit_compile
from bqskit.ir.gates import CNOTGate, U3Gate
from bqskit.ir.lang.qasm2 import OPENQASM2Language

from benchmarks.depth.exchange import Compiled, Task, move_observables

MAX_QUBITS = 5
LEVELS = (1, 3)


def list_attempts(task: Task) -> dict[str, Callable[[], Compiled]]:
    if task.qubits > MAX_QUBITS:
        return {}
    return {f"level {level}": partial(_compile, task, level) for level in LEVELS}


def _compile(task: Task, level: int) -> Compiled:
    device_qubits = 1 + max(map(max, task.edges))
    model = MachineModel(device_qubits, task.edges, {CNOTGate(), U3Gate()})
    language = OPENQASM2Language()
    with Compiler(num_workers=1) as compiler:
        circuit, start, end = bqskit_compile(
            language.decode(task.qasm),
            model,
            optimization_level=level,
            compiler=compiler,
            with_mapping=True,
            seed=0,
        )
    return Compiled(
        language.encode(circuit), tuple(start), move_observables(task, dict(enumerate(end)))
    )
