"""Put sublayers beside the projections of a backbone, and take them away again."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import keras

from qslc_runtime.adapters.fixed_weights import digest_origin
from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.adapters.layout import find_sites, list_blocks
from qslc_runtime.adapters.model_state import (
    TrainableFlags,
    adjust_compiled,
    find_models,
    freeze_weights,
    mix_into,
)
from qslc_runtime.adapters.sites import Site
from qslc_runtime.adapters.switch import Switch
from qslc_runtime.engines.companions import join, separate

_SEE_THE_SAME = (("query", "key", "value"), ("mlp_up", "mlp_gate"))
"""Targets that see the same hidden states in a block."""


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
    """Memory of an adapted backbone: what is where, and how the model was before.

    Args:
        standing: The sublayers of the model.
        sites: The places that hold them.
        plain: The class that the backbone had.
        flags: What of the model was trainable.
        switch: Whether the sublayers act.
        frozen: Weights that were frozen when the sublayers were put in.
        origins: For each site a digest of its fixed weights and of what they were made from
            (``fixed_weights.digest_origin``).
        unfolded: The sublayers that folded ones stand for; None if none were folded here.
    """

    standing: Sublayers
    sites: tuple[Site, ...]
    plain: type[keras.Model]
    flags: TrainableFlags
    switch: Switch
    frozen: tuple[keras.Variable, ...]
    origins: dict[str, str | None]
    unfolded: Sublayers | None = None

    @property
    def trained(self) -> Sublayers:
        """The sublayers of the model, or those that its folded ones stand for."""
        return self.unfolded or self.standing

    def freeze(self) -> None:
        """Freeze again what was frozen when the sublayers were put in."""
        for weight in self.frozen:
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


def find_backbone(model: keras.Model) -> keras.Model:
    """Return the backbone of a task model; a backbone itself is returned as it is."""
    backbone = getattr(model, "backbone", None)
    return model if backbone is None else backbone


def attach(model: keras.Model, adapted: type[Any], insertion: Insertion) -> None:
    """Freeze the model and wrap the projections that the insertion names.

    A LoRA that Keras enabled before goes on training. All sublayers are built before the model is
    touched: a failure leaves it as it was. The backbone becomes an instance of ``adapted``, a
    subclass of its class whose configuration carries the insertion.

    Args:
        model: A task model or a backbone.
        adapted: The subclass (see ``qslc_runtime.adapters.adapted``).
    """
    backbone = find_backbone(model)
    check_scope(model)
    sites = find_sites(adapted.family, backbone, insertion.targets, insertion.blocks)
    made = {site.path: site.make(insertion) for site in sites}
    origins = {site.path: digest_origin(site, made[site.path]) for site in sites}
    switch = Switch()
    flags = TrainableFlags.of(model)
    frozen = freeze_weights(model)
    for site in sites:
        site.put(made[site.path], switch)
    for block in insertion.blocks:
        for same in _SEE_THE_SAME:
            join(made[s.path] for s in sites if s.block == block and s.target in same)
    blocks = list_blocks(adapted.family, backbone)
    for number in insertion.blocks:
        mix_into(blocks[number], AdaptedBlock)
    standing = Sublayers(insertion, made)
    backbone._attachment = Attachment(
        standing, sites, type(backbone), flags, switch, frozen, origins
    )
    backbone.__class__ = adapted
    _number_lora(backbone)
    adjust_models(flags.all_layers)


def detach(model: keras.Model) -> None:
    """Undo ``attach``: the same projections, class and trainable flags as before.

    The switch stays off: functions that were traced with the sublayers give the base model too.
    """
    backbone = find_backbone(model)
    attachment: Attachment = backbone._attachment
    attachment.switch.turn_off()
    for site in attachment.sites:
        site.clear()
    separate(attachment.trained.layers.values())
    for block in list_blocks(backbone.family, backbone):
        if isinstance(block, AdaptedBlock):
            block.__class__ = block.plain
    backbone.__class__ = attachment.plain
    del backbone._attachment
    attachment.flags.restore()
    _number_lora(backbone)
    adjust_models(attachment.flags.all_layers)


def adjust_models(layers: Iterable[keras.layers.Layer]) -> None:
    """Make what was compiled fit the layers of now, in every model that holds one of them."""
    for model in find_models(layers):
        adjust_compiled(model)


def _number_lora(backbone: keras.Model) -> None:
    """Let KerasHub find the layers with LoRA, which it knows by number, among the layers of now."""
    if getattr(backbone, "_lora_enabled_layers", None):
        layers = [layer for layer in backbone._flatten_layers(include_self=False) if layer.weights]
        backbone._lora_enabled_layers = [
            number for number, layer in enumerate(layers) if getattr(layer, "lora_enabled", False)
        ]


class AdaptedBlock:
    """Refuses to give a configuration: what is made from it would lack the sublayers."""

    plain: ClassVar[type[keras.layers.Layer]]

    def get_config(self) -> dict[str, Any]:
        """Refuse to give a configuration.

        Raises:
            ValueError: Always.
        """
        raise ValueError(
            f"the block {self.name!r} holds sublayers, and a copy that is made block by block "  # type: ignore[attr-defined]
            "would lose them: copy or save the model or backbone that holds the adapter "
            "(copy.deepcopy, from_config, save), or remove() the adapter first"
        )


def check_scope(model: keras.Model) -> None:
    """Check that weights made here and now can train with those of the model.

    Raises:
        ValueError: The model was made in the scope of another strategy.
    """
    if keras.backend.backend() != "tensorflow" or not model.weights:
        return
    import tensorflow as tf

    here = tf.distribute.get_strategy()
    value = model.weights[0].value
    made = getattr(value, "distribute_strategy", getattr(value, "_distribute_strategy", None))
    if made is here or (made is None and not tf.distribute.has_strategy()):
        return
    if made is None:
        raise ValueError(
            f"the model was made outside of the {type(here).__name__} whose scope this is; make "
            "it and its adapter in the same scope"
        )
    raise ValueError(
        f"the model was made in the scope of a {type(made).__name__}, and its adapter must be "
        "made there too: call this inside `with strategy.scope():`"
    )
