"""The machine's matrix rate: one product of square matrices in float32."""

from __future__ import annotations

from collections.abc import Callable

import tensorflow as tf

from benchmarks.layer_speed.cases import Case

SIZE = 2048
OPERATIONS = 2 * SIZE**3


def step(case: Case, tokens: int) -> Callable[[], object]:
    del case, tokens
    a, b = tf.random.normal((2, SIZE, SIZE))
    return lambda: (a @ b).numpy()
