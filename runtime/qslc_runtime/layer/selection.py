"""Which part of a hidden state a layer encodes."""

from __future__ import annotations

import math
from dataclasses import dataclass

from keras import ops

from qslc_runtime.circuit.real import Tensor, normalize


@dataclass(frozen=True)
class Selection:
    """Features of a hidden state.

    Args:
        features: Number of features; 0 where nothing is encoded.
        project: "none", "learned" or "orthogonal", or the first feature and the end of a slice.
        qubits: Number of qubits where a reference state stands beside the features; otherwise 0.
    """

    features: int
    project: str | tuple[int, int]
    qubits: int = 0

    @property
    def projects(self) -> bool:
        """Whether a matrix (d, features) makes the features."""
        return self.project in {"learned", "orthogonal"}

    def check_width(self, name: str, shape: tuple[int | None, ...]) -> int:
        """Return the width d of hidden states of a shape (..., d).

        Raises:
            ValueError: It is not known, or it does not fit; the message starts with ``name``.
        """
        width = shape[-1]
        if width is None:
            raise ValueError(f"{name}: the last dimension of the input must be known")
        if isinstance(self.project, tuple) and width < self.project[1]:
            raise ValueError(
                f"{name} encodes features {self.project[0]} to {self.project[1] - 1} of the "
                f"hidden state, which is only {width} wide"
            )
        if self.project == "none" and self.features and width != self.features:
            raise ValueError(
                f"{name} encodes {self.features} features; the hidden state is {width} wide: "
                "set encoder.project in the spec to learned, orthogonal or a slice"
            )
        return width

    def of(self, tokens: Tensor, down: Tensor | None) -> Tensor:
        """Return what the circuit takes of hidden states (tokens, d).

        Args:
            tokens: The hidden states, of any floating-point type.
            down: (d, features) where ``projects``.

        Returns:
            (tokens, features), or (tokens, 2**qubits) with a reference. Float32, but for features
            that are only picked out: These keep their type.
        """
        features = self._features(tokens, down)
        return self.beside_reference(features) if self.qubits else features

    def beside_reference(self, features: Tensor) -> Tensor:
        """Put (tokens, features) beside the reference state: |0>x/|x| + |1>|+...+>."""
        half = 1 << (self.qubits - 1)
        rows = normalize(ops.cast(features, "float32"))
        rows = ops.pad(rows, ((0, 0), (0, half - self.features)))
        return ops.concatenate([rows, ops.full_like(rows, 1 / math.sqrt(half))], axis=1)

    def _features(self, tokens: Tensor, down: Tensor | None) -> Tensor:
        if isinstance(self.project, tuple):
            return tokens[:, self.project[0] : self.project[1]]
        if self.projects:
            return ops.matmul(ops.cast(tokens, "float32"), down)
        return tokens[:, : self.features]
