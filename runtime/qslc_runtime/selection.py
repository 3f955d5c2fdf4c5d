"""Which part of a hidden state a layer encodes."""

from __future__ import annotations

from dataclasses import dataclass

from keras import ops

from qslc_runtime.kernel import Tensor


@dataclass(frozen=True)
class Selection:
    """Features of a hidden state.

    Args:
        features: how many; 0 where nothing is encoded.
        project: "none", "learned" or "orthogonal", or the first feature and the end of a slice.
    """

    features: int
    project: str | tuple[int, int]

    @property
    def projects(self) -> bool:
        """Whether a matrix (d, features) makes the features."""
        return self.project in {"learned", "orthogonal"}

    def checked_width(self, name: str, shape: tuple[int | None, ...]) -> int:
        """The width d of hidden states of a shape (..., d).

        Raises:
            ValueError: it is not known, or it does not fit; the message starts with ``name``.
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
        """The features (tokens, features) of hidden states (tokens, d).

        Args:
            tokens: the hidden states, of any floating-point type.
            down: (d, features) where ``projects``.
        """
        if isinstance(self.project, tuple):
            return tokens[:, self.project[0] : self.project[1]]
        if self.projects:
            return ops.matmul(ops.cast(tokens, "float32"), down)
        return tokens[:, : self.features]
