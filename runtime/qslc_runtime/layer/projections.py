"""The linear maps of a layer: from hidden states to features, and from expectations to ``units``.

Behind the circuit stands, for M observables:

| kind | map | trained |
|---|---|---|
| "dense" | up (M, units) | up |
| "low_rank" | core (M, rank), up (rank, units) | core |
| "fixed" | gain (M,), up (M, units) | gain |
| "scaled" | gain (M,), up (M, units), output_gain (units,) | gain and output_gain |
| "circuit" | gain (M,), readouts (M, features), up (features, units) | gain and theta_up |

All maps start as zero: in what is trained but for angles, and with "scaled" in the gains of the
outputs alone. Every ``up`` but that of "dense" is orthonormal along its shorter side. Gains on both
sides of a fixed matrix are those of VeRA (Kopiczko et al. 2024, arXiv:2310.11454). The readouts are
the expectations of the unit vectors of all features, with angles of their own: the same circuit
leads from the features to the gains and from the gains to the outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from keras import ops

from qslc_runtime.circuit import states
from qslc_runtime.circuit.matrices import Tensor
from qslc_runtime.layer.weights import add_weight, draw_orthogonal


@dataclass(frozen=True)
class Selection:
    """Features of a hidden state.

    Args:
        features: Number of features; 0 where nothing is encoded.
        project: "none", "learned", "orthogonal" or "principal", or the first feature and the end
            of a slice.
        qubits: Number of qubits where a reference state stands beside the features; otherwise 0.
    """

    features: int
    project: str | tuple[int, int]
    qubits: int = 0

    @property
    def projects(self) -> bool:
        """Tell whether a matrix (d, features) makes the features."""
        return self.project in {"learned", "orthogonal", "principal"}

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
                "give it as many, or set project in the spec to learned, orthogonal, principal or "
                "a slice"
            )
        return width

    def select(self, tokens: Tensor, down: Tensor | None) -> Tensor:
        """Return what the circuit takes of hidden states: features, beside the reference if any.

        Args:
            tokens: As for ``pick``.
            down: As for ``pick``.

        Returns:
            (tokens, features), or (tokens, 2**qubits) with a reference.
        """
        return self.add_reference(self.pick(tokens, down))

    def pick(self, tokens: Tensor, down: Tensor | None) -> Tensor:
        """Return the features of hidden states (tokens, d).

        Args:
            tokens: The hidden states, of any floating-point type.
            down: (d, features) where ``projects``.

        Returns:
            (tokens, features). Float32, but for features that are only picked out: These keep
            their type.
        """
        if isinstance(self.project, tuple):
            return tokens[:, self.project[0] : self.project[1]]
        if self.projects and down is not None:
            if tokens.shape[-1] != down.shape[0]:
                raise ValueError(
                    f"the layer was built for hidden states {down.shape[0]} wide, and these are "
                    f"{tokens.shape[-1]} wide"
                )
            return ops.matmul(ops.cast(tokens, "float32"), down)
        if self.project == "none":
            return tokens[:, : self.features]
        raise ValueError(f"unknown projection {self.project!r} of hidden states")

    def add_reference(self, features: Tensor) -> Tensor:
        """Put (tokens, features) beside the reference state, if any."""
        if not self.qubits:
            return features
        return states.add_reference(ops.cast(features, "float32"), self.qubits)


UpProjection = Literal["dense", "low_rank", "fixed", "scaled", "circuit"]

START = 0.1
"""Gain of each observable at first where outputs have gains too, as in VeRA."""


def check_up(layer: Any, kind: object, rank: object) -> None:
    """Raise a ValueError unless the layer's circuit has such a map."""
    if kind not in get_args(UpProjection):
        names = ", ".join(map(repr, get_args(UpProjection)))
        raise ValueError(f"up_projection is one of {names}, not {kind!r}")
    if (rank is not None) != (kind == "low_rank"):
        raise ValueError('rank goes with up_projection="low_rank", and with nothing else')
    if rank is not None and not (type(rank) is int and rank > 0):
        raise ValueError(f"rank is a positive whole number, not {rank!r}")
    if kind == "circuit" and not layer.encodes_amplitudes:
        raise ValueError(
            'up_projection="circuit" needs an amplitude encoder; '
            f"{type(layer).__name__} has the encoder {layer.ENCODER}"
        )


def build_up(layer: Any, features: int, units: int) -> None:
    """Give the layer the weights of the map behind its circuit."""
    observables = len(layer.OBSERVABLES)
    rows = {
        "low_rank": layer.rank,
        "fixed": observables,
        "scaled": observables,
        "circuit": features,
    }
    match layer.up_projection:
        case "dense":
            layer.up = add_weight(layer, "up", np.zeros((observables, units), np.float32))
            return
        case "low_rank":
            zeros = np.zeros((observables, layer.rank), np.float32)
            layer.core = add_weight(layer, "core", zeros)
        case "fixed" | "circuit":
            layer.gain = add_weight(layer, "gain", np.zeros(observables, np.float32))
        case "scaled":
            layer.gain = add_weight(layer, "gain", np.full(observables, START, np.float32))
            layer.output_gain = add_weight(layer, "output_gain", np.zeros(units, np.float32))
        case unknown:
            raise ValueError(f"unknown up_projection {unknown!r}")
    fixed = draw_orthogonal(rows[layer.up_projection], units, layer.seed + 2)
    layer.up = add_weight(layer, "up", fixed, trainable=False)


def compute_up(layer: Any, readouts: Tensor | None) -> Tensor:
    """Compute the map behind the circuit, (M, units).

    Args:
        readouts: (M, features) of "circuit".
    """
    match layer.up_projection:
        case "dense":
            return layer.up
        case "low_rank":
            return ops.matmul(layer.core, layer.up)
        case "fixed":
            return ops.expand_dims(layer.gain, 1) * layer.up
        case "scaled":
            return ops.expand_dims(layer.gain, 1) * layer.up * layer.output_gain
        case "circuit":
            return ops.expand_dims(layer.gain, 1) * ops.matmul(readouts, layer.up)
        case unknown:
            raise ValueError(f"unknown up_projection {unknown!r}")
