"""The native engine's compiled kernel in JAX."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders.on_jax import circuit_step


def step(case: Case, tokens: int) -> Callable[[], object]:
    return circuit_step(case, tokens, "compiled")
