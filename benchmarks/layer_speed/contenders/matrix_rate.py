"""The machine's matrix rate: one product of square matrices in float32."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.layer_speed.cases import Case


def step(case: Case, edge: int) -> Callable[[], object]:
    del case
    a, b = tf.random.normal((2, edge, edge))
    return lambda: (a @ b).numpy()
