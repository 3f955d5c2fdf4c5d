"""Folding the sublayers of a model where they stand."""

from __future__ import annotations

from dataclasses import replace

import keras

from qslc_runtime.folding import FoldedSublayer
from qslc_runtime.insertion.attach import Attachment, Trained, backbone_of, renew
from qslc_runtime.insertion.config import Insertion
from qslc_runtime.insertion.scope import check_scope


def fold_sublayers(model: keras.Model) -> None:
    """Put the folded form of each sublayer in its place, once all are folded.

    The sublayers themselves are kept aside.

    Raises:
        ValueError: a sublayer cannot be folded, or is; the model is as it was.
    """
    attachment: Attachment = backbone_of(model)._attachment
    if _is_folded(attachment):
        raise ValueError("the sublayers are folded already")
    trained = attachment.trained
    folded = {path: _folded(sublayer) for path, sublayer in trained.sublayers.items()}
    insertion = _insertion(attachment.insertion, next(iter(folded.values())))
    _exchange(model, Trained(insertion, folded), unfolded=trained)


def unfold_sublayers(model: keras.Model) -> None:
    """Put the sublayers that were folded back in their places.

    Raises:
        ValueError: they are not folded, or were before the model was saved.
    """
    attachment: Attachment = backbone_of(model)._attachment
    if not _is_folded(attachment):
        raise ValueError("the sublayers are not folded")
    if attachment.unfolded is None:
        raise ValueError(
            "the sublayers were folded before the model was saved, and its file does not hold what "
            "was trained: use qslc_runtime.load_adapter with the adapter file and the base model"
        )
    _exchange(model, attachment.unfolded, unfolded=None)


def fold_anew(model: keras.Model) -> None:
    """Bring folded sublayers up to what they were folded from; without any, do nothing."""
    attachment: Attachment | None = getattr(backbone_of(model), "_attachment", None)
    if attachment is not None and attachment.unfolded is not None:
        unfold_sublayers(model)
        fold_sublayers(model)


def _is_folded(attachment: Attachment) -> bool:
    return attachment.insertion.layer is FoldedSublayer


def _exchange(model: keras.Model, sublayers: Trained, unfolded: Trained | None) -> None:
    backbone = backbone_of(model)
    attachment: Attachment = backbone._attachment
    check_scope(model)
    for site in attachment.sites:
        site.clear()
        site.put(sublayers.sublayers[site.path], attachment.switch)
    backbone._attachment = replace(attachment, insertion=sublayers.insertion, unfolded=unfolded)
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
