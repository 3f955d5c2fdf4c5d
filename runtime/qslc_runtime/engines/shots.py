"""Compute exact expectations with the noise of a number of shots: the engine "shots".

For training that knows of shots and of what a chip leaves of a signal, and for what a chip would
return, in the time that exact expectations take.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, Literal

import keras
import numpy as np
from keras import ops

from qslc_runtime.artifact import Artifact
from qslc_runtime.engines.engine import Engine
from qslc_runtime.engines.native import NativeEngine
from qslc_runtime.noise import Place


class ShotsEngine(Engine):
    """Expectations as means of shots: with the normal noise that a mean of so many shots has.

    Where a readout is ``y`` the noise has the variance ``(1 - y**2) / shots``. It is drawn anew in
    every call, in training and inference, independently for each readout; on a chip the readouts of
    one setting share their shots. Gradients are those of the expectations.

    Args:
        artifact: The compile to evaluate.
        layer_class: The generated layer, of the same compile.
        of: Whose expectations they are: those of engine "native" or "noisy".
        shots: Number for each readout.
        factors: What the chip leaves of each readout, (M,) numbers or one for all, such as
            the ``slopes`` of a calibration.
        seed: Random seed, together with that of the layer.

    Raises:
        ValueError: An option is out of range, or that engine cannot run this circuit.

    Example:
        >>> layer = compiled.layer(engine="shots", engine_options={"shots": 1000, "of": "noisy"})
        >>> layer(hidden).shape[-1]
        3
    """

    name = "shots"
    exact = False
    differentiable = True
    exportable = False
    backends = frozenset({"tensorflow", "jax", "torch"})
    noise: ClassVar[frozenset[Place]] = frozenset()
    reads_artifact = True

    def __init__(
        self,
        artifact: Artifact,
        layer_class: type,
        *,
        of: Literal["native", "noisy"] = "native",
        shots: int = 1000,
        factors: float | Sequence[float] = 1.0,
        seed: int = 0,
    ) -> None:
        if type(shots) is not int or shots < 1:
            raise ValueError(f"shots is a whole number, at least 1, not {shots!r}")
        if type(seed) is not int or not 0 <= seed < 2**32:
            raise ValueError(f"seed is a whole number from 0 to 2**32 - 1, not {seed!r}")
        artifact.check_layer(layer_class)
        self._engine = _make_engine(of, artifact, layer_class)
        self._factors = _read_factors(factors, len(artifact.observables))
        self._shots, self._seed = shots, seed
        self._random = keras.random.SeedGenerator(seed)
        self.supports_jit = self._engine.supports_jit
        self._source = self.name if of == "native" else f"{self.name} {of}"

    @property
    def source(self) -> str:
        """The engine, and whose expectations they are."""
        return self._source

    def estimate_variances(self, values: Any) -> Any:
        """Return the variance of values (tokens, M)."""
        return (1 - np.square(np.clip(values, -1, 1))) / self._shots

    def make_random(self, seed: int) -> keras.random.SeedGenerator:
        """Make the source of randomness for the layer of a seed, which keeps its state."""
        mixed = np.random.SeedSequence((self._seed, seed)).generate_state(1)[0]
        self._random = keras.random.SeedGenerator(int(mixed >> 1))
        return self._random

    def expectations(self, inputs: Any, theta: Any) -> Any:
        """Return each observable for each token, with noise; as ``Engine.expectations``."""
        tensors = (ops.convert_to_tensor(inputs), ops.convert_to_tensor(theta))
        values = self._engine.expectations(*tensors) * self._factors
        read = ops.clip(ops.stop_gradient(values), -1.0, 1.0)
        noise = keras.random.normal(ops.shape(values), dtype="float32", seed=self._random)
        held = ops.any(read != 0, axis=-1, keepdims=True)
        spread = ops.where(held, ops.sqrt((1 - ops.square(read)) / self._shots), 0.0)
        return values + spread * noise


def _make_engine(of: object, artifact: Artifact, layer_class: type) -> Engine:
    if of == "native":
        return NativeEngine(layer_class)
    if of == "noisy":
        from qslc_runtime.engines.noisy import NoisyEngine

        return NoisyEngine(artifact, layer_class)
    raise ValueError(f'of is "native" or "noisy", not {of!r}')


def _read_factors(factors: Any, readouts: int) -> Any:
    """Return the factors as float32: (M,), or one for all."""
    try:
        values = np.asarray(factors, np.float32)
    except (TypeError, ValueError):
        values = np.full(1, np.nan)
    if values.shape not in ((), (readouts,)) or not (np.abs(values) <= 1).all():
        raise ValueError(
            f"factors is a number from -1 to 1, or {readouts} of them, not {factors!r}"
        )
    return values
