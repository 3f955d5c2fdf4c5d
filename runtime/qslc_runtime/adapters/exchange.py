"""Put folded sublayers in the places of trained ones, and back."""

from __future__ import annotations

from dataclasses import replace

import keras

from qslc_runtime.adapters.attach import adjust_models, check_scope
from qslc_runtime.adapters.attachments import (
    Attachment,
    Attachments,
    Sublayers,
    find_backbone,
)
from qslc_runtime.folding import FoldedSublayer


def fold(model: keras.Model, name: str, attachment: Attachment) -> None:
    """Put the folded form in the place of every sublayer of an adapter (``Adapter.fold``)."""
    if attachment.standing.insertion.layer is FoldedSublayer:
        raise ValueError("the sublayers are folded already")
    trained = attachment.trained
    _exchange(model, name, attachment, fold_sublayers(trained), unfolded=trained)


def unfold(model: keras.Model, name: str, attachment: Attachment) -> None:
    """Put back the sublayers that an adapter's folded ones stand for (``Adapter.unfold``)."""
    if attachment.standing.insertion.layer is not FoldedSublayer:
        raise ValueError("the sublayers are not folded")
    if attachment.unfolded is None:
        raise ValueError(
            "the sublayers were merged, or folded before the model was saved, and what was trained "
            "is not here: use qslc_runtime.load_adapter with the adapter file and the base model"
        )
    _exchange(model, name, attachment, attachment.unfolded, unfolded=None)


def fold_sublayers(trained: Sublayers) -> Sublayers:
    """Return the folded forms of an adapter's sublayers, which nothing holds yet.

    Raises:
        ValueError: One cannot be folded.
    """
    folded = {path: _fold(layer) for path, layer in trained.layers.items()}
    form = next(iter(folded.values())).form  # the same for all sublayers of a class
    dtype = {key: value for key, value in trained.insertion.options.items() if key == "dtype"}
    options = {"form": form.to_json(), **dtype}
    return Sublayers(replace(trained.insertion, layer=FoldedSublayer, options=options), folded)


def _fold(sublayer: keras.layers.Layer) -> FoldedSublayer:
    if not hasattr(sublayer, "fold"):
        raise ValueError(f"{type(sublayer).__name__} has no circuit to fold{_suggest(sublayer)}")
    folded: FoldedSublayer = sublayer.fold()
    return folded


def _suggest(sublayer: keras.layers.Layer) -> str:
    linear = getattr(sublayer, "linear", False)
    return "; it is linear: merge_into_base() adds it to the kernels" if linear else ""


def _exchange(
    model: keras.Model,
    name: str,
    attachment: Attachment,
    sublayers: Sublayers,
    unfolded: Sublayers | None,
) -> None:
    """Put other sublayers in the places of those that stand there."""
    check_scope(model)
    for site in attachment.sites:
        site.exchange(sublayers.layers[site.path], attachment.switch)
    backbone = find_backbone(model)
    attachments: Attachments = backbone._attachments
    exchanged = replace(attachment, standing=sublayers, unfolded=unfolded)
    backbone._attachments = attachments.put(name, exchanged)
    adjust_models(attachments.flags.all_layers)
