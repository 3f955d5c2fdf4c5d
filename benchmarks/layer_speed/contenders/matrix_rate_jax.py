"""A device's matrix rate: one product of square matrices in float32, as JAX computes it there."""

from __future__ import annotations

from collections.abc import Callable

import jax

from benchmarks.layer_speed.cases import Case


def step(case: Case, edge: int) -> Callable[[], object]:
    del case
    a, b = jax.random.normal(jax.random.key(0), (2, edge, edge))
    product = jax.jit(jax.numpy.matmul)
    return lambda: jax.block_until_ready(product(a, b))
