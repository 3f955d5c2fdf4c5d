"""Measure what trained layers add to the projections of a model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray
from qslc_runtime import Adapter
from qslc_runtime.adapters.sites import AdaptedProjection

from qslc_study.training.examples import Example, batch_by_length

TOKENS = 1024
"""Tokens that are looked at, about: more than a projection has directions."""


def measure_changes(
    backbone: keras.Model, adapter: Adapter, examples: Sequence[Example], size: int
) -> dict[str, dict[str, float]]:
    """Measure what each layer beside a projection adds to its outputs, on tokens of examples.

    Args:
        backbone: Model that holds the layers.
        adapter: The layers.
        examples: Examples; the first of them are run.
        size: Examples of a batch.

    Returns:
        By path of the projection: ``size``, the root mean square of what is added, divided by that
        of the projection's own outputs; ``rank``, the participation ratio (tr C)^2 / tr C^2 of the
        covariance C of what is added: in how many directions it goes, 1 where it has one. Nothing
        for methods that are not beside projections.
    """
    paths = {id(layer): path for path, layer in adapter.sublayers.items()}
    places = {
        paths[id(layer.sublayer)]: layer
        for layer in backbone._flatten_layers()
        if isinstance(layer, AdaptedProjection) and id(layer.sublayer) in paths
    }
    if not places:
        return {}
    with ExitStack() as stack:

        def record(layer: keras.layers.Layer) -> list[NDArray[np.float32]]:
            return stack.enter_context(_record_outputs(layer))

        outputs = {path: (record(x.base), record(x.sublayer)) for path, x in places.items()}
        masks = []
        for batch in batch_by_length(_choose_examples(examples), size):
            inputs = {"token_ids": batch.ids, "padding_mask": batch.mask}
            backbone(inputs, training=False)
            masks.append(batch.mask.reshape(-1).astype(bool))
    real = np.concatenate(masks)
    return {
        path: _compare(*(np.concatenate(each)[real] for each in both))
        for path, both in outputs.items()
    }


def _choose_examples(examples: Sequence[Example]) -> list[Example]:
    ends = np.cumsum([len(example.tokens) for example in examples])
    return list(examples[: int(np.searchsorted(ends, TOKENS)) + 1])


@contextmanager
def _record_outputs(layer: Any) -> Iterator[list[NDArray[np.float32]]]:
    """Keep what a layer returns within the context, (tokens, units) of each call."""
    seen: list[NDArray[np.float32]] = []
    call = layer.call

    def record(inputs: Any, *arguments: Any, **options: Any) -> Any:
        found = call(inputs, *arguments, **options)
        rows = ops.convert_to_numpy(ops.cast(found, "float32"))
        seen.append(rows.reshape(rows.shape[0] * rows.shape[1], -1))
        return found

    vars(layer)["call"] = record  # not an attribute that Keras would track
    try:
        yield seen
    finally:
        del vars(layer)["call"]


def _compare(own: NDArray[np.float32], added: NDArray[np.float32]) -> dict[str, float]:
    values = np.linalg.svd(added.astype(np.float64) - added.mean(0), compute_uv=False) ** 2
    rank = values.sum() ** 2 / (values**2).sum() if values.any() else 0.0
    size = np.sqrt((added.astype(np.float64) ** 2).mean() / (own.astype(np.float64) ** 2).mean())
    return {"size": float(f"{size:.4g}"), "rank": float(f"{rank:.4g}")}
