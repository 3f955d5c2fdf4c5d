"""Make the steps of peers in JAX. Imports nothing of qslc, which their environment lacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

from benchmarks.layer_speed.cases import Case
from benchmarks.layer_speed.contenders import Step


def make_step(case: Case, tokens: int, compute_outputs: Callable[[Any, Any], Any]) -> Step:
    """Make a step of a function of inputs (tokens, heads, features) and angles.

    The angles are (heads, layers, qubits).
    """
    generator = np.random.default_rng(0)
    x = jnp.asarray(generator.normal(size=(tokens, case.heads, case.features)), jnp.float32)
    angles = jnp.asarray(generator.normal(size=(case.heads, case.layers, case.qubits)), jnp.float32)
    gradient = jax.jit(jax.grad(lambda x, a: (compute_outputs(x, a) ** 2).sum(), (0, 1)))
    return lambda: jax.block_until_ready(gradient(x, angles))


def encode_amplitudes(case: Case, x: Any) -> Any:
    """Return features (..., features) as normalized amplitudes (..., 2**qubits)."""
    x = x / jnp.linalg.norm(x, axis=-1, keepdims=True)
    missing = 2**case.qubits - case.features
    return jnp.pad(x, [(0, 0)] * (x.ndim - 1) + [(0, missing)])
