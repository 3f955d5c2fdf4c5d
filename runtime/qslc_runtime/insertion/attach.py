"""Putting sublayers beside the projections of a backbone, and taking them away again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import keras

from qslc_runtime.insertion.blocks import mark, unmark
from qslc_runtime.insertion.compiled import suit_layers
from qslc_runtime.insertion.config import Insertion
from qslc_runtime.insertion.flags import TrainableFlags, freeze_weights
from qslc_runtime.insertion.sites import Site


@dataclass(frozen=True)
class Attachment:
    """What an adapted backbone remembers: what is where, and how the model was before."""

    insertion: Insertion
    sites: tuple[Site, ...]
    plain: type[keras.Model]
    flags: TrainableFlags


def backbone_of(model: keras.Model) -> keras.Model:
    """The backbone of a task model; a backbone itself is returned as it is."""
    backbone = getattr(model, "backbone", None)
    return model if backbone is None else backbone


def attach(model: keras.Model, adapted: type[Any], insertion: Insertion) -> None:
    """Freeze the model and wrap the projections that the insertion names.

    All sublayers are built before the model is touched: a failure leaves it as it was. The
    backbone becomes an instance of ``adapted``, a subclass of its class whose configuration
    carries the insertion.

    Args:
        model: a task model or a backbone.
        adapted: the subclass (see ``qslc_runtime.insertion.adapted``).
    """
    backbone = backbone_of(model)
    sites = adapted.layout.sites(backbone, insertion.targets, insertion.blocks)
    sublayers = [site.make(insertion) for site in sites]
    flags = TrainableFlags.of(model)
    freeze_weights(model)
    for site, sublayer in zip(sites, sublayers, strict=True):
        site.put(sublayer)
    layers = adapted.layout.blocks_of(backbone)
    mark(layers[number] for number in {site.block for site in sites})
    backbone._attachment = Attachment(insertion, sites, type(backbone), flags)
    backbone.__class__ = adapted
    renew(model)


def detach(model: keras.Model) -> None:
    """Undo ``attach``: the same projections, class and trainable flags as before."""
    backbone = backbone_of(model)
    attachment: Attachment = backbone._attachment
    for site in attachment.sites:
        site.clear()
    unmark(backbone.layout.blocks_of(backbone))
    backbone.__class__ = attachment.plain
    del backbone._attachment
    attachment.flags.restore()
    renew(model)


def renew(model: keras.Model) -> None:
    """Make what was compiled, of the task model and of its backbone, fit the layers of now."""
    suit_layers(model)
    if backbone_of(model) is not model:
        suit_layers(backbone_of(model))
