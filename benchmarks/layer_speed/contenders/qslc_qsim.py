"""The engine "qsim": the compiled circuit on qsimcirq, forward alone."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders.native import inputs, model


def step(case: Case, tokens: int) -> Callable[[], object]:
    _, outputs = model(case, "qsim")
    x = inputs(case, tokens)
    return lambda: outputs(x)
