"""What was inserted where: the record that travels with adapter files and saved models."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import keras

from qslc_runtime.insertion.options import check_options
from qslc_runtime.registration import Deferred


@dataclass(frozen=True)
class Insertion:
    """Which layer class stands beside which projections.

    Args:
        layer: the class of the sublayers.
        targets: projections in each block.
        blocks: block numbers.
        seed: every sublayer's own seed is derived from it, its block and its target.
        options: further constructor arguments of the sublayers, plain JSON.
    """

    layer: type[keras.layers.Layer]
    targets: tuple[str, ...]
    blocks: tuple[int, ...]
    seed: int
    options: Mapping[str, Any]

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_options(self.layer, self.options)
        try:
            json.dumps(dict(self.options), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"layer options must be plain JSON: {error}") from None

    @property
    def digest(self) -> str | None:
        """The digest of the spec that the layer was generated from; None for a classical layer."""
        return digest_of(self.layer)

    def to_json(self) -> dict[str, Any]:
        return {
            "layer": name_of(self.layer),
            "digest": self.digest,
            "targets": list(self.targets),
            "blocks": list(self.blocks),
            "seed": self.seed,
            "options": dict(self.options),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Insertion:
        """The record of a saved model.

        Raises:
            ValueError: its layer class is not registered with Keras in this process.
        """
        return cls(
            layer=loaded_class(data["layer"]),
            targets=tuple(data["targets"]),
            blocks=tuple(data["blocks"]),
            seed=data["seed"],
            options=data["options"],
        )


def digest_of(layer: type[keras.layers.Layer]) -> str | None:
    """The digest of the spec that a layer class was generated from; None for a classical one."""
    return getattr(layer, "DIGEST", None)


def check_seed(seed: object) -> None:
    """Raise a ValueError unless ``seed`` is a whole number that is not negative."""
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ValueError(f"seed must be a non-negative integer; got {seed!r}")


def name_of(layer: type[keras.layers.Layer]) -> str:
    """The name of a layer's class in adapter files and saved models."""
    return generated_name(layer) or keras.saving.get_registered_name(layer)


def generated_name(layer: type[keras.layers.Layer]) -> str | None:
    """The name that generated code registered its class under; None for other classes."""
    return vars(layer).get("REGISTERED_NAME")


def loaded_class(name: str) -> Any:
    """The class that has a name in this process.

    Raises:
        ValueError: it has not been loaded.
    """
    layer: Any = keras.saving.get_registered_object(name)
    if isinstance(layer, Deferred):
        layer = layer.imported()
    if layer is None:
        raise ValueError(
            f"the model holds the generated layer {name!r}, which this process has not loaded; "
            "call qslc_runtime.load on its folder first"
        )
    return layer
