"""What each Keras backend has in a form of its own: gradients, and loops over chunks of tokens.

A chunk's gradient simulates the chunk again instead of keeping its states: what a training step
keeps of a circuit is the input, however many layers the circuit has.
"""

from __future__ import annotations

import keras

if keras.backend.backend() == "tensorflow":
    from qslc_runtime.backends.tensorflow import (
        gathered,
        multiplied,
        on_cpu,
        over_chunks,
        turned,
        with_gradient,
    )
elif keras.backend.backend() == "jax":
    from qslc_runtime.backends.jax import (
        gathered,
        multiplied,
        on_cpu,
        over_chunks,
        turned,
        with_gradient,
    )
else:
    from qslc_runtime.backends.torch import (
        gathered,
        multiplied,
        on_cpu,
        over_chunks,
        turned,
        with_gradient,
    )

__all__ = ["gathered", "multiplied", "on_cpu", "over_chunks", "turned", "with_gradient"]
