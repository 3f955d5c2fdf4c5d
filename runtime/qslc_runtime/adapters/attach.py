"""Put sublayers beside the projections of a backbone, and take them away again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, ClassVar

import keras

from qslc_runtime.adapters.attachments import (
    DEFAULT,
    Attachment,
    Attachments,
    Sublayers,
    check_name,
    find_attachments,
    find_backbone,
)
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
from qslc_runtime.adapters.switch import Switch
from qslc_runtime.engines.companions import join, separate

_SEE_THE_SAME = (("query", "key", "value"), ("mlp_up", "mlp_gate"))
"""Targets that see the same hidden states in a block."""


def attach(model: keras.Model, adapted: type[Any], insertion: Insertion, name: str) -> None:
    """Freeze the model and wrap the projections that the insertion names.

    The new adapter acts, and those that the model holds already rest. A LoRA that Keras enabled
    before goes on training. All sublayers are built before the model is touched: a failure leaves
    it as it was. The backbone becomes an instance of ``adapted``, a subclass of its class whose
    configuration carries the insertions.

    Args:
        model: A task model or a backbone.
        adapted: The subclass (see ``qslc_runtime.adapters.adapted``).
        insertion: What to put where.
        name: Name of the adapter.

    Raises:
        ValueError: The name is taken or none; the sublayers do not fit.
    """
    backbone = find_backbone(model)
    before = find_attachments(model)
    check_free(model, name)
    check_scope(model)
    sites = find_sites(adapted.family, backbone, insertion.targets, insertion.blocks)
    made = {site.path: site.make(insertion) for site in sites}
    origins = {site.path: digest_origin(site, made[site.path]) for site in sites}
    switch = Switch()
    flags = TrainableFlags.of(model)
    frozen = freeze_weights(model, before.sublayers if before else ())
    for site in sites:
        site.put(made[site.path], switch)
    for block in insertion.blocks:
        for same in _SEE_THE_SAME:
            join(made[s.path] for s in sites if s.block == block and s.target in same)
    for number, block in enumerate(list_blocks(adapted.family, backbone)):
        if number in insertion.blocks and not isinstance(block, AdaptedBlock):
            mix_into(block, AdaptedBlock)
    others = before or Attachments(type(backbone), flags, frozen)
    attachment = Attachment(Sublayers(insertion, made), sites, switch, origins)
    backbone._attachments = others.extend(flags, frozen).put(name, attachment).activate({name: 1.0})
    backbone.__class__ = adapted
    _number_lora(backbone)
    adjust_models(flags.all_layers)


def check_free(model: keras.Model, name: str) -> None:
    """Raise a ValueError if a model holds an adapter of this name, or it is no name."""
    attachments = find_attachments(model)
    if attachments is None or check_name(name) not in attachments.adapters:
        return
    held = attachments.adapters[name].standing.insertion.layer.__name__
    which = "" if name == DEFAULT else f" {name!r}"
    raise ValueError(
        f"the model already holds an adapter{which} ({held}); remove() it first, or give the new "
        "one another name="
    )


def detach(model: keras.Model, name: str) -> None:
    """Undo ``attach``: the same projections as before and, after the last, class and flags too.

    The switch stays off: functions that were traced with the sublayers give the base model too.
    """
    backbone = find_backbone(model)
    attachments: Attachments = backbone._attachments
    attachment = attachments.adapters[name]
    attachment.switch.turn_off()
    for site in attachment.sites:
        site.clear(attachment.switch)
    separate(attachment.trained.layers.values())
    rest = {key: each for key, each in attachments.adapters.items() if key != name}
    held = {number for each in rest.values() for number in each.standing.insertion.blocks}
    for number, block in enumerate(list_blocks(backbone.family, backbone)):
        if isinstance(block, AdaptedBlock) and number not in held:
            block.__class__ = block.plain
    if rest:
        backbone._attachments = replace(attachments, adapters=rest)
    else:
        backbone.__class__ = attachments.plain
        del backbone._attachments
        attachments.flags.restore()
    _number_lora(backbone)
    adjust_models(attachments.flags.all_layers)


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
