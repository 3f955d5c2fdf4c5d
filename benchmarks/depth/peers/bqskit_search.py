"""BQSKit's compiler, for the few qubits that its numerical synthesis can take."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.depth.exchange import Compiled, Task

MAX_QUBITS = 5
LEVELS = (1, 3)
REGION = 12
"""Device qubits that are offered to it: it does not search large devices for a place."""


def attempts(task: Task) -> dict[str, Callable[[], Compiled]]:
    if task.qubits > MAX_QUBITS:
        return {}
    return {f"level {level}": partial(_compiled, task, level) for level in LEVELS}


def _compiled(task: Task, level: int) -> Compiled:
    raise SystemExit
