"""The layer that a folded sublayer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

import keras
import numpy as np
from keras import ops

from qslc_runtime import compiled
from qslc_runtime.circuit.matrices import Tensor, reduce_pairwise
from qslc_runtime.circuit.states import kron_columns
from qslc_runtime.folding.products import Maps, compute_outputs
from qslc_runtime.layer.projections import Selection
from qslc_runtime.layer.weights import add_weight


@dataclass(frozen=True)
class Form:
    """Form of a folded sublayer: all but the values of its weights.

    Args:
        encoder: "amplitude": a vector normalized; "angle": all products of the cosines and sines
            of half of each feature.
        features: How many numbers of a token are encoded.
        reference: How many of these are features of the hidden state where a reference state
            stands beside them; otherwise 0.
        bias: Whether the constant 1 follows the features of an amplitude encoder.
        project: How the features are found in the hidden state, as the layer's ``PROJECT``.
        squares: Number of squares.
        observables: Number of expectations that they are summed to.
        factors: Number of factors of the map to states; 0 if it is a matrix.
        offset: Whether constants are added to the outputs.
    """

    encoder: str
    features: int
    reference: int
    bias: bool
    project: str | tuple[int, int]
    squares: int
    observables: int
    factors: int = 0
    offset: bool = False

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Form:
        """Read a form from plain JSON."""
        project = data["project"]
        return cls(**{**data, "project": project if isinstance(project, str) else tuple(project)})

    def to_json(self) -> dict[str, Any]:
        """Return the form as plain JSON."""
        project = self.project if isinstance(self.project, str) else list(self.project)
        return {**asdict(self), "project": project}

    @property
    def selection(self) -> Selection:
        """Selection of the features in a hidden state."""
        if not self.reference:
            return Selection(self.features, self.project)
        return Selection(self.reference, self.project, self.features.bit_length() - 1)

    @property
    def encoded(self) -> int:
        """The width of an encoded token."""
        return self.features + self.bias if self.encoder == "amplitude" else 2**self.features

    def list_shapes(self, units: int | None) -> dict[str, tuple[int, ...]]:
        """Return the shapes of the weights (``products.Maps``) that the form has."""
        maps: dict[str, tuple[int, ...]] = {"forms": (self.encoded, self.squares)}
        if count := self.factors:
            left = 2 ** ((self.squares.bit_length() - 1) // 2)
            right = self.squares // left
            maps = {
                "order": (count, self.squares),
                "signs": (count, self.squares),
                "left": (count, left, left),
                "right": (count, right, right),
            }
        up = {"up": (self.observables, units)} if units else {}
        return {**maps, "readout": (self.squares, self.observables), **up}


@keras.saving.register_keras_serializable(package="qslc_runtime")
class FoldedSublayer(keras.layers.Layer):
    """The exact classical form of a trained sublayer: ``(encoded(x) forms)^2 readout [up]``.

    The forms are a matrix, or the product of a few factors (``products.Maps``).

    ``QuantumSublayer.fold`` makes it. It needs neither the generated class nor an engine, and
    trains nothing. Vectors of zeros, tokens that are not finite and dtypes are treated as
    ``QuantumSublayer`` does.

    Weights, all fixed, float32 but for the order: ``forms`` (encoded width, squares), or for L
    factors ``order`` and ``signs`` (L, squares), ``left`` (L, A, A) and ``right`` (L, B, B);
    ``readout`` (squares, observables), with ``units`` ``up`` (observables, units), with constants
    ``offset`` (outputs,), and with a projection ``down`` (d, features).

    Args:
        units: Width of the output; None for the expectations.
        form: A ``Form`` as plain JSON.
        seed: Random seed of the layer that was folded.

    Call arguments:
        inputs: Hidden states (..., d) of any floating-point type.

    Example:
        >>> layer = qslc_runtime.load("build/my_layer")(units=16)
        >>> expected = layer(hidden)  # hidden: (..., 8)
        >>> folded = layer.fold()
        >>> np.testing.assert_allclose(folded(hidden), expected, atol=1e-6)
    """

    pure: ClassVar[bool] = True

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
        self._binding = compiled.find_binding()

    def __repr__(self) -> str:
        width = self.units or self.form.observables
        return f"<FoldedSublayer {self.name}: {self.form.features} features to {width}>"

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make the weights, all zero, for hidden states of the width ``input_shape[-1]``."""
        width = self._selection.check_width(self.name, input_shape)
        if self._selection.projects:
            self.down = self._add_weight("down", (width, self._selection.features))
        for name, shape in self.form.list_shapes(self.units).items():
            setattr(self, name, self._add_weight(name, shape))
        if self.form.offset:
            self.offset = self._add_weight("offset", (self.units or self.form.observables,))

    def call(self, inputs: Tensor) -> Tensor:
        """Compute (..., observables) or (..., units) of hidden states (..., d)."""
        leading = ops.shape(inputs)[:-1]
        tokens = ops.reshape(ops.cast(inputs, "float32"), (-1, inputs.shape[-1]))
        features = self._selection.select(tokens, getattr(self, "down", None))
        amplitude = self.form.encoder == "amplitude"
        encoded = self._encode_amplitudes(features) if amplitude else self._encode_angles(features)
        names = self.form.list_shapes(self.units)
        maps = Maps(**{name: ops.convert_to_tensor(getattr(self, name)) for name in names})
        values = compute_outputs(encoded, maps, normalizes=amplitude, binding=self._binding)
        values = values + self.offset if self.form.offset else values
        return ops.cast(ops.reshape(values, (*leading, values.shape[-1])), self.compute_dtype)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        """Return (..., observables) or (..., units)."""
        return (*input_shape[:-1], self.units or self.form.observables)

    def get_config(self) -> dict[str, Any]:
        form = self.form.to_json()
        return {**super().get_config(), "units": self.units, "form": form, "seed": self.seed}

    def _add_weight(self, name: str, shape: tuple[int, ...]) -> Any:
        kind = np.int32 if name == "order" else np.float32
        return add_weight(self, name, np.zeros(shape, kind), trainable=False)

    def _encode_amplitudes(self, features: Tensor) -> Tensor:
        """Encode (tokens, features) as (tokens, encoded width), not normalized yet."""
        if not self.form.bias:
            return features
        return ops.concatenate([features, ops.ones_like(features[:, :1])], axis=1)

    def _encode_angles(self, features: Tensor) -> Tensor:
        """Encode (tokens, features) as products of cosines and sines, (tokens, encoded width)."""
        half = ops.transpose(features) / 2
        factors = ops.unstack(ops.stack([ops.cos(half), ops.sin(half)], axis=1))
        nothing = ops.ones((1, ops.shape(features)[0]))
        return ops.transpose(reduce_pairwise(kron_columns, [nothing, *factors]))
