"""The layer that a folded sublayer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import keras
import numpy as np
from keras import ops

from qslc_runtime import compiled, kernel
from qslc_runtime.folding import products
from qslc_runtime.kernel import Tensor
from qslc_runtime.selection import Selection
from qslc_runtime.weights import add_weight


@dataclass(frozen=True)
class Form:
    """What a folded sublayer computes, but for the values of its weights.

    Args:
        encoder: "amplitude": a vector normalised; "angle": all products of the cosines and sines
            of half of each feature.
        features: numbers of a token that are encoded.
        reference: how many of these are features of the hidden state where a reference state
            stands beside them; otherwise 0.
        bias: whether the constant 1 follows the features of an amplitude encoder.
        project: how the features are found in the hidden state, as the layer's ``PROJECT``.
        squares: how many.
        observables: how many expectations they are summed to.
    """

    encoder: str
    features: int
    reference: int
    bias: bool
    project: str | tuple[int, int]
    squares: int
    observables: int

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Form:
        project = data["project"]
        return cls(**{**data, "project": project if isinstance(project, str) else tuple(project)})

    def to_json(self) -> dict[str, Any]:
        project = self.project if isinstance(self.project, str) else list(self.project)
        return {**asdict(self), "project": project}

    @property
    def selection(self) -> Selection:
        """How the features are found in a hidden state."""
        if not self.reference:
            return Selection(self.features, self.project)
        return Selection(self.reference, self.project, self.features.bit_length() - 1)

    @property
    def encoded(self) -> int:
        """The width of an encoded token."""
        return self.features + self.bias if self.encoder == "amplitude" else 2**self.features


@keras.saving.register_keras_serializable(package="qslc_runtime")
class FoldedSublayer(keras.layers.Layer):
    """The exact classical form of a trained sublayer: ``(encoded(x) forms)^2 readout [up]``.

    ``QuantumSublayer.fold`` makes it. It needs neither the generated class nor an engine, and
    trains nothing. Vectors of zeros, tokens that are not finite and dtypes are treated as
    ``QuantumSublayer`` does.

    Weights, all float32 and fixed: ``forms`` (encoded width, squares), ``readout`` (squares,
    observables), with ``units`` ``up`` (observables, units), and with a projection ``down``
    (d, features).

    Args:
        units: width of the output; None: the expectations.
        form: a ``Form`` as plain JSON.
        seed: of the layer that was folded.
    """

    def __init__(
        self, units: int | None = None, *, form: Mapping[str, Any], seed: int = 0, **kwargs: Any
    ) -> None:
        super().__init__(**{"trainable": False, **kwargs})
        self.units = units
        self.form = Form.from_json(form)
        self.seed = seed
        self.autocast = False
        self.supports_masking = True
        self._selection = self.form.selection
        self._binding = compiled.available()

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights, all zero, for hidden states of the width ``input_shape[-1]``."""
        form = self.form
        width = self._selection.checked_width(self.name, input_shape)
        if self._selection.projects:
            self.down = self._weight("down", width, self._selection.features)
        self.forms = self._weight("forms", form.encoded, form.squares)
        self.readout = self._weight("readout", form.squares, form.observables)
        if self.units is not None:
            self.up = self._weight("up", form.observables, self.units)

    def call(self, inputs: Tensor) -> Tensor:
        """(..., d) to (..., observables) or (..., units)."""
        leading = ops.shape(inputs)[:-1]
        tokens = ops.reshape(ops.cast(inputs, "float32"), (-1, inputs.shape[-1]))
        features = self._selection.of(tokens, getattr(self, "down", None))
        weights = (self.forms, self.readout, None if self.units is None else self.up)
        maps = (None if weight is None else ops.convert_to_tensor(weight) for weight in weights)
        outputs = products.outputs(
            self._encoded(features),
            *maps,
            normalises=self.form.encoder == "amplitude",
            binding=self._binding,
        )
        outputs = ops.reshape(outputs, (*leading, outputs.shape[-1]))
        return ops.cast(outputs, self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """(..., d) to (..., observables) or (..., units)."""
        return (*input_shape[:-1], self.units or self.form.observables)

    def get_config(self) -> dict[str, Any]:
        """The arguments as plain JSON values."""
        form = self.form.to_json()
        return {**super().get_config(), "units": self.units, "form": form, "seed": self.seed}

    def _weight(self, name: str, rows: int, columns: int) -> Any:
        return add_weight(self, name, np.zeros((rows, columns), np.float32), trainable=False)

    def _encoded(self, features: Tensor) -> Tensor:
        """(tokens, features) to (tokens, encoded width); amplitudes are not normalised yet."""
        if self.form.encoder == "amplitude":
            if not self.form.bias:
                return features
            return ops.concatenate([features, ops.ones_like(features[:, :1])], axis=1)
        half = ops.transpose(features) / 2
        factors = ops.unstack(ops.stack([ops.cos(half), ops.sin(half)], axis=1))
        nothing = ops.ones((1, ops.shape(features)[0]))
        return ops.transpose(kernel.pairwise(kernel.column_product, [nothing, *factors]))
