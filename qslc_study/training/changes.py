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
from qslc_study.training.loop import encode_number

TOKENS = 1024
"""Tokens that are looked at, about, and so the most directions that are found."""


def measure_changes(
    backbone: keras.Model, adapter: Adapter, examples: Sequence[Example], size: int
) -> dict[str, dict[str, float | None]]:
    """Measure what each layer beside a projection adds to its outputs, on tokens of examples.

    Args:
        backbone: Model that holds the layers.
        adapter: The layers.
        examples: Examples; the first of them are run.
        size: Examples of a batch.

    Returns:
        By path of the projection: ``size``, the root mean square of what is added, divided by that
        of the projection's own outputs; ``rank``, the participation ratio (tr C)^2 / tr C^2 of the
        covariance C of what is added: in how many directions it goes, 1 where it has one. None is
        what is no finite number. Nothing for methods that are not beside projections, and for
        layers whose calls draw random numbers.
    """
    paths = {id(layer): path for path, layer in adapter.sublayers.items()}
    places = {
        paths[id(layer.sublayer)]: layer
        for layer in backbone._flatten_layers()
        if isinstance(layer, AdaptedProjection) and id(layer.sublayer) in paths
        if getattr(layer.sublayer, "pure", False)
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
    name = "quantized_call" if getattr(layer, "quantization_mode", None) else "call"
    call = getattr(layer, name)

    def record(inputs: Any, *arguments: Any, **options: Any) -> Any:
        found = call(inputs, *arguments, **options)
        rows = ops.convert_to_numpy(ops.cast(found, "float32"))
        seen.append(rows.reshape(rows.shape[0] * rows.shape[1], -1))
        return found

    vars(layer)[name] = record  # not an attribute that Keras would track
    try:
        yield seen
    finally:
        del vars(layer)[name]


def _compare(own: NDArray[np.float32], added: NDArray[np.float32]) -> dict[str, float | None]:
    added, own = added.astype(np.float64), own.astype(np.float64)
    with np.errstate(invalid="ignore", over="ignore", divide="ignore"):
        size = np.sqrt((added**2).mean() / (own**2).mean())
        centered = added - added.mean(0)
        tokens, units = centered.shape
        products = centered.T @ centered if units < tokens else centered @ centered.T
        squares = (products**2).sum()
        rank = np.trace(products) ** 2 / squares if squares else 0.0
    return {"size": _encode(size), "rank": _encode(rank)}


def _encode(value: float) -> float | None:
    return encode_number(float(f"{value:.4g}"))
