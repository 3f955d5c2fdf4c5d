"""What each Keras backend has in a form of its own: gradients, and loops over chunks of tokens.

A chunk's gradient simulates the chunk again instead of keeping its states: what a training step
keeps of a circuit is the input, however many layers the circuit has.
"""

from __future__ import annotations

import keras

if keras.backend.backend() == "tensorflow":
    from qslc_runtime.backends import tensorflow as own
elif keras.backend.backend() == "jax":
    from qslc_runtime.backends import jax as own
else:
    from qslc_runtime.backends import torch as own

__all__ = [
    "multiplied",
    "on_cpu",
    "over_chunks",
    "permuted",
    "turned",
    "with_symmetric_derivative",
]

multiplied, permuted, turned = own.multiplied, own.permuted, own.turned
on_cpu, over_chunks = own.on_cpu, own.over_chunks
with_symmetric_derivative = own.with_symmetric_derivative
