"""Put sublayers beside the projections of a backbone, and take them away again."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, ClassVar

import keras

from qslc_runtime.adapters.fixed_weights import origin_of
from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.adapters.model_state import (
    TrainableFlags,
    adjust_compiled,
    find_models,
    freeze_weights,
)
from qslc_runtime.adapters.sites import Site
from qslc_runtime.adapters.switch import Switch


@dataclass(frozen=True)
class Trained:
    """The sublayers that training changes, by path, and what they were inserted as."""

    insertion: Insertion
    sublayers: Mapping[str, keras.layers.Layer]


@dataclass(frozen=True)
class Attachment:
    """Memory of an adapted backbone: what is where, and how the model was before.

    Args:
        insertion: Record of the sublayers that stand in the model.
        sites: The places that hold them.
        plain: The class that the backbone had.
        flags: What of the model was trainable.
        switch: Whether the sublayers act.
        frozen: Weights that were frozen when the sublayers were put in.
        unfolded: The sublayers that folded ones stand for; None if none were folded here.
        origins: For each site a digest of its fixed weights and of what they were made from
            (``origins.origin_of``).
    """

    insertion: Insertion
    sites: tuple[Site, ...]
    plain: type[keras.Model]
    flags: TrainableFlags
    switch: Switch
    frozen: tuple[keras.Variable, ...]
    unfolded: Trained | None = None
    origins: dict[str, str | None] = field(default_factory=dict)

    @property
    def trained(self) -> Trained:
        """The sublayers of the model, or those that its folded ones stand for."""
        standing = {site.path: site.holder.sublayer for site in self.sites}
        return self.unfolded or Trained(self.insertion, standing)

    def freeze(self) -> None:
        """Freeze again what was frozen when the sublayers were put in."""
        for weight in self.frozen:
            weight.trainable = False

    def warn_of_thaw(self) -> None:
        """Warn if part of the base model would train."""
        thawed = [weight.path for weight in self.frozen if weight.trainable]
        if thawed:
            warnings.warn(
                f"{len(thawed)} weights of the base model train beside the sublayers "
                f"({thawed[0]}, ...), for a layer inside the backbone was made trainable; set "
                "`trainable` of the whole model to freeze them",
                stacklevel=2,
            )


def backbone_of(model: keras.Model) -> keras.Model:
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
    backbone = backbone_of(model)
    check_scope(model)
    sites = adapted.layout.sites(backbone, insertion.targets, insertion.blocks)
    sublayers = [site.make(insertion) for site in sites]
    origins = {
        site.path: origin_of(site, sublayer)
        for site, sublayer in zip(sites, sublayers, strict=True)
    }
    switch = Switch()
    flags = TrainableFlags.of(model)
    frozen = freeze_weights(model)
    for site, sublayer in zip(sites, sublayers, strict=True):
        site.put(sublayer, switch)
    layers = adapted.layout.blocks_of(backbone)
    mark(layers[number] for number in {site.block for site in sites})
    backbone._attachment = Attachment(
        insertion, sites, type(backbone), flags, switch, frozen, origins=origins
    )
    backbone.__class__ = adapted
    _number_lora(backbone)
    renew(flags.all_layers)


def detach(model: keras.Model) -> None:
    """Undo ``attach``: the same projections, class and trainable flags as before.

    The switch stays off: functions that were traced with the sublayers give the base model too.
    """
    backbone = backbone_of(model)
    attachment: Attachment = backbone._attachment
    attachment.switch.turn_off()
    for site in attachment.sites:
        site.clear()
    unmark(backbone.layout.blocks_of(backbone))
    backbone.__class__ = attachment.plain
    del backbone._attachment
    attachment.flags.restore()
    _number_lora(backbone)
    renew(attachment.flags.all_layers)


def renew(layers: Iterable[keras.layers.Layer]) -> None:
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


def mark(blocks: Iterable[keras.layers.Layer]) -> None:
    """Make the blocks refuse to be copied without their sublayers."""
    for block in blocks:
        block.__class__ = _make_adapted(type(block))


def unmark(blocks: Iterable[keras.layers.Layer]) -> None:
    """Undo ``mark``."""
    for block in blocks:
        if isinstance(block, AdaptedBlock):
            block.__class__ = block.plain


@cache
def _make_adapted(block: type[keras.layers.Layer]) -> type[keras.layers.Layer]:
    return type(block.__name__, (AdaptedBlock, block), {"plain": block})


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
