"""Folding the sublayers of a model where they stand."""

from __future__ import annotations

from dataclasses import replace

import keras

from qslc_runtime.folding import FoldedSublayer
from qslc_runtime.insertion.attach import Attachment, backbone_of, renew
from qslc_runtime.insertion.config import Insertion
from qslc_runtime.insertion.scope import check_scope


def fold_sublayers(model: keras.Model) -> None:
    """Put the folded form of each sublayer in its place, once all are folded.

    Raises:
        ValueError: a sublayer cannot be folded; the model is as it was.
    """
    backbone = backbone_of(model)
    attachment: Attachment = backbone._attachment
    check_scope(model)
    folded = [_folded(site.holder.sublayer) for site in attachment.sites]
    for site, sublayer in zip(attachment.sites, folded, strict=True):
        site.clear()
        site.put(sublayer, attachment.switch)
    backbone._attachment = replace(
        attachment, insertion=_insertion(attachment.insertion, folded[0])
    )
    renew(attachment.flags.all_layers)


def _folded(sublayer: keras.layers.Layer) -> FoldedSublayer:
    if not hasattr(sublayer, "fold"):
        raise ValueError(f"{type(sublayer).__name__} has no circuit to fold")
    folded: FoldedSublayer = sublayer.fold()
    return folded


def _insertion(before: Insertion, folded: FoldedSublayer) -> Insertion:
    """The record of a folded model: all sublayers of a class have the same form."""
    dtype = {key: value for key, value in before.options.items() if key == "dtype"}
    return replace(before, layer=FoldedSublayer, options={"form": folded.form.to_json(), **dtype})
