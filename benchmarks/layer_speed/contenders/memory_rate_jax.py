"""The bandwidth of a device's memory: numbers that fit no cache, read and written once."""

from __future__ import annotations

from collections.abc import Callable

import jax

from benchmarks.layer_speed.cases import Case


def step(case: Case, length: int) -> Callable[[], object]:
    del case
    source = jax.random.normal(jax.random.key(0), (length,))
    turned = jax.jit(jax.numpy.negative)
    return lambda: jax.block_until_ready(turned(source))
