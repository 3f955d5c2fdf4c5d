"""The base class of engines, and what an engine says about itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

import keras
from keras import ops

from qslc_runtime.noise import Place

_BACKENDS = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


class Engine(ABC):
    """Simulates a circuit: one class in one file.

    The first argument of a class is the generated layer class, or, where ``reads_artifact``, the
    ``Artifact`` of its folder followed by the layer class. All further arguments are options of
    the user's, by name.

    Attributes:
        name: The name that users write: ``engine="native"``.
        exact: Whether ``expectations`` are those of the ideal circuit to rounding, and never
            sampled or noisy. Only what is exact can be folded.
        differentiable: Whether the backend can differentiate ``expectations``; an engine that can
            when it is asked to by an option says so of itself, and its class False.
        gradient_hint: How to ask for a gradient that only comes when it is asked for.
        exportable: Whether ``expectations`` can be traced into a file for other processes.
        backends: Keras backends on which it runs.
        noise: Places at which it simulates errors; none where it runs the ideal circuit.
        reads_artifact: Whether it runs the circuits beside ``layer.py``.
        adds_reference: Whether ``outputs`` takes features beside a reference state without it.
        supports_jit: Whether ``expectations`` can be compiled by XLA.

    Example:
        >>> from qslc_runtime import engines
        >>> issubclass(engines.ENGINES["native"], engines.Engine)
        True
        >>> "noisy" in engines.list_engines(differentiable=True, exact=False)
        True
    """

    REQUIRED: ClassVar[tuple[str, ...]] = (
        *("name", "exact", "differentiable", "exportable", "backends", "noise", "reads_artifact"),
    )
    name: ClassVar[str]
    exact: ClassVar[bool]
    differentiable: bool
    gradient_hint: ClassVar[str] = ""
    exportable: ClassVar[bool]
    backends: ClassVar[frozenset[str]]
    noise: ClassVar[frozenset[Place]]
    reads_artifact: ClassVar[bool]
    adds_reference: ClassVar[bool] = False
    supports_jit: bool

    @classmethod
    def check_backend(cls) -> None:
        """Check that the engine runs on the backend of Keras.

        Raises:
            ValueError: It does not.
        """
        backend = keras.backend.backend()
        if backend not in cls.backends:
            needed = " or ".join(_BACKENDS.get(name, name) for name in sorted(cls.backends))
            raise ValueError(
                f'engine "{cls.name}" needs the {needed} backend, but Keras runs on {backend}; '
                'use engine="native"'
            )

    @property
    def source(self) -> str:
        """Source of the values; a calibration holds for one."""
        return self.name

    def estimate_variances(self, values: Any) -> Any:
        """Return the variance, by shots, of values (tokens, M) that it returned; 0 without shots.

        A number, or an array of the shape of the values.
        """
        del values
        return 0.0

    def make_random(self, seed: int) -> keras.random.SeedGenerator | None:
        """Make the source of randomness of calls, if there is any, for the layer of a seed.

        The layer keeps it, so that Keras passes its state on.
        """
        del seed
        return None

    @classmethod
    def make_config(cls, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return options as plain JSON values, for the file of a model.

        Raises:
            ValueError: An option cannot be saved.
        """
        return dict(options)

    @abstractmethod
    def expectations(self, inputs: Any, theta: Any) -> Any:
        """Return the observables of each token.

        Args:
            inputs: (tokens, FEATURES) float32.
            theta: (P,) float32, the rotation angles in radians.

        Returns:
            (tokens, M) float32. A vector of zeros that is encoded in amplitudes has 0 in each; a
            token that holds NaN or infinity has NaN in each and does not affect other tokens.
        """

    def outputs(self, inputs: Any, theta: Any, up: Any, dtype: str) -> Any:
        """Return the expectations, or their linear map, rounded once.

        Args:
            inputs: (tokens, FEATURES) of any floating-point type; (tokens, REFERENCE) of a class
                with a reference where the engine ``adds_reference``.
            theta: (P,) float32, the rotation angles in radians.
            up: (M, units) float32, or None.
            dtype: Type of the outputs.

        Returns:
            (tokens, units), or (tokens, M) without ``up``.
        """
        values = self.expectations(ops.cast(inputs, "float32"), theta)
        return ops.cast(values if up is None else ops.matmul(values, up), dtype)
