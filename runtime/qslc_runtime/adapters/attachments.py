"""What an adapted backbone remembers: its adapters by name, and how it was before."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import keras

from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.adapters.model_state import TrainableFlags
from qslc_runtime.adapters.sites import Site
from qslc_runtime.adapters.switch import Switch

DEFAULT = "default"
"""Name of an adapter that was given none."""


@dataclass(frozen=True)
class Sublayers:
    """Layers beside the projections of a model, by path, and what they were inserted as."""

    insertion: Insertion
    layers: Mapping[str, keras.layers.Layer]

    @property
    def weights(self) -> dict[str, keras.Variable]:
        """All weights, fixed ones too, by path ("transformer_layer_0/query/theta")."""
        return {
            f"{path}/{weight.name}": weight
            for path, layer in self.layers.items()
            for weight in layer.weights
        }


@dataclass(frozen=True)
class Attachment:
    """One adapter of a model.

    Args:
        standing: The sublayers in the model.
        sites: The places that hold them.
        switch: The factor by which they act; 0: they do not.
        origins: For each site a digest of its fixed weights and of what they were made from
            (``fixed_weights.digest_origin``).
        unfolded: The sublayers that folded ones stand for; None if none were folded here.
        resting: While they do not act, which of their weights train when they do; otherwise None.
    """

    standing: Sublayers
    sites: tuple[Site, ...]
    switch: Switch
    origins: dict[str, str | None]
    unfolded: Sublayers | None = None
    resting: tuple[tuple[keras.Variable, bool], ...] | None = None

    @property
    def trained(self) -> Sublayers:
        """The sublayers of the model, or those that its folded ones stand for."""
        return self.unfolded or self.standing

    @property
    def weight(self) -> float:
        """Factor by which the sublayers act."""
        return self.switch.weight

    @property
    def trainable(self) -> list[keras.Variable]:
        """The weights that train while the sublayers act and are not folded."""
        flags = self.resting or [(w, w.trainable) for w in self.trained.weights.values()]
        return [variable for variable, trainable in flags if trainable]

    def set_weight(self, weight: float) -> Attachment:
        """Let the sublayers act by a factor and train; by 0, let them do neither."""
        self.switch.set_weight(weight)
        if weight == 0 and self.resting is None:
            weights = self.trained.weights.values()
            flags = tuple((variable, variable.trainable) for variable in weights)
            for variable, _ in flags:
                variable.trainable = False
            return replace(self, resting=flags)
        if weight != 0 and self.resting is not None:
            for variable, trainable in self.resting:
                variable.trainable = trainable
            return replace(self, resting=None)
        return self


@dataclass(frozen=True)
class Attachments:
    """Memory of an adapted backbone: its adapters, and how the model was before them.

    Args:
        plain: The class that the backbone had.
        flags: What of the model was trainable.
        frozen: Weights that were frozen when sublayers were put in.
        adapters: The adapters by name, in the order in which they were put in.
    """

    plain: type[keras.Model]
    flags: TrainableFlags
    frozen: tuple[keras.Variable, ...]
    adapters: Mapping[str, Attachment] = field(default_factory=dict)

    @property
    def sublayers(self) -> list[keras.layers.Layer]:
        """The sublayers of all adapters."""
        found = self.adapters.values()
        return [layer for each in found for layer in each.standing.layers.values()]

    @property
    def active(self) -> dict[str, float]:
        """Factors of the adapters that act, by name."""
        return {name: each.weight for name, each in self.adapters.items() if each.weight}

    def extend(self, flags: TrainableFlags, frozen: Iterable[keras.Variable]) -> Attachments:
        """Return these with what a larger model has beside the backbone."""
        all_frozen = {id(weight): weight for weight in (*self.frozen, *frozen)}
        return replace(self, flags=self.flags.extend(flags), frozen=tuple(all_frozen.values()))

    def put(self, name: str, attachment: Attachment) -> Attachments:
        """Return these with an adapter added or replaced."""
        return replace(self, adapters={**self.adapters, name: attachment})

    def activate(self, weights: Mapping[str, float]) -> Attachments:
        """Let the adapters act by factors, and those without one not at all."""
        found = {n: each.set_weight(weights.get(n, 0.0)) for n, each in self.adapters.items()}
        return replace(self, adapters=found)

    def freeze(self) -> None:
        """Freeze again the base model, and the adapters that do not act."""
        resting = (each.resting or () for each in self.adapters.values())
        for weight in (*self.frozen, *(weight for flags in resting for weight, _ in flags)):
            weight.trainable = False

    def warn_if_base_trains(self) -> None:
        """Warn if part of the base model would train."""
        training = [weight.path for weight in self.frozen if weight.trainable]
        if training:
            warnings.warn(
                f"{len(training)} weights of the base model train beside the sublayers "
                f"({training[0]}, ...), for a layer inside the backbone was made trainable; set "
                "`trainable` of the whole model to freeze them",
                stacklevel=2,
            )

    def to_json(self) -> Any:
        """Return what saved models say of the adapters.

        Of a single one that has no name and acts fully it is the record of its insertion, as before
        adapters had names; otherwise a list of such records with names and factors.
        """
        records = [
            {"name": name, "weight": each.weight, **each.standing.insertion.to_json()}
            for name, each in self.adapters.items()
        ]
        if [(record["name"], record["weight"]) for record in records] != [(DEFAULT, 1.0)]:
            return records
        return {key: value for key, value in records[0].items() if key not in ("name", "weight")}


def parse_records(data: Any) -> Iterator[tuple[str, float, Insertion]]:
    """Read what ``Attachments.to_json`` returned: names, factors and insertions.

    Raises:
        ValueError: A layer class is not registered with Keras in this process.
    """
    for record in [data] if isinstance(data, Mapping) else data:
        name, weight = record.get("name", DEFAULT), record.get("weight", 1.0)
        yield check_name(name), float(weight), Insertion.from_json(record)


def check_name(name: object) -> str:
    """Return the name of an adapter.

    Raises:
        ValueError: It cannot be one.
    """
    if not (isinstance(name, str) and re.fullmatch(r"[\w.-]{1,100}", name)):
        raise ValueError(
            f"the name of an adapter has letters, digits, '_', '-' and '.'; got {name!r}"
        )
    return name


def find_backbone(model: keras.Model) -> keras.Model:
    """Return the backbone of a task model; a backbone itself is returned as it is."""
    backbone = getattr(model, "backbone", None)
    return model if backbone is None else backbone


def find_attachments(model: keras.Model) -> Attachments | None:
    """Return what the backbone of a model remembers; None if it holds no adapter."""
    found: Attachments | None = getattr(find_backbone(model), "_attachments", None)
    return found
