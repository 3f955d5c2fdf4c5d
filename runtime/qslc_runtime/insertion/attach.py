"""Putting sublayers beside the projections of a backbone, and taking them away again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np

from qslc_runtime.insertion.compiled import suit_layers
from qslc_runtime.insertion.config import Insertion
from qslc_runtime.insertion.flags import TrainableFlags, freeze_weights
from qslc_runtime.insertion.layout import Site
from qslc_runtime.insertion.projection import AdaptedProjection


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
    sublayers = [_sublayer(site, insertion) for site in sites]
    flags = TrainableFlags.of(model)
    freeze_weights(model)
    for site, sublayer in zip(sites, sublayers, strict=True):
        site.put(AdaptedProjection(site.projection, sublayer))
    backbone._attachment = Attachment(insertion, sites, type(backbone), flags)
    backbone.__class__ = adapted
    for part in _models(model):
        suit_layers(part)


def detach(model: keras.Model) -> None:
    """Undo ``attach``: the same projections, class and trainable flags as before."""
    backbone = backbone_of(model)
    attachment: Attachment = backbone._attachment
    for site in attachment.sites:
        site.put(site.projection.base)
    backbone.__class__ = attachment.plain
    del backbone._attachment
    attachment.flags.restore()
    for part in _models(model):
        suit_layers(part)


def _models(model: keras.Model) -> Iterator[keras.Model]:
    yield model
    if backbone_of(model) is not model:
        yield backbone_of(model)


def _sublayer(site: Site, insertion: Insertion) -> keras.layers.Layer:
    """A built sublayer for one projection, with a seed of its own."""
    base = site.projection
    width = base.kernel.shape[0]
    units = int(np.prod(base.kernel.shape[1:]))
    options = {"dtype": base.compute_dtype, **insertion.options}
    sublayer = insertion.layer(
        units=units, seed=_seed(insertion.seed, site), name=site.target, **options
    )
    with keras.name_scope(site.block_name):
        sublayer.build((None, None, width))
    return sublayer


def _seed(seed: int, site: Site) -> int:
    """A seed that depends on the place alone, not on what else is adapted; below 2**31."""
    place = (seed, site.block, *site.target.encode())
    return int(np.random.SeedSequence(place).generate_state(1)[0] >> 1)
