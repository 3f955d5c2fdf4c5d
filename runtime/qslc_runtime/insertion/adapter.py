"""The handle on the sublayers of a model: count, save, load, disable, remove."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from qslc_runtime.insertion import adapter_file
from qslc_runtime.insertion.attach import Attachment, backbone_of, detach
from qslc_runtime.insertion.compiled import forget_functions
from qslc_runtime.insertion.config import Insertion
from qslc_runtime.insertion.projection import AdaptedProjection


class Adapter:
    """The sublayers of one model, as ``insert`` or ``adapter_of`` returns them."""

    def __init__(self, model: keras.Model) -> None:
        self.model = model

    @property
    def insertion(self) -> Insertion:
        """Which layer was inserted, and where."""
        return self._attachment.insertion

    @property
    def sublayers(self) -> dict[str, keras.layers.Layer]:
        """The sublayers by the path of their projection ("transformer_layer_0/query")."""
        return {path: projection.sublayer for path, projection in self._projections().items()}

    @property
    def weights(self) -> dict[str, keras.Variable]:
        """The sublayers' weights, fixed ones too, by path ("transformer_layer_0/query/theta")."""
        return {
            f"{path}/{weight.name}": weight
            for path, sublayer in self.sublayers.items()
            for weight in sublayer.weights
        }

    @property
    def trainable_parameters(self) -> int:
        """How many numbers of the whole model ``fit`` changes."""
        return _count(self.model.trainable_weights)

    @property
    def total_parameters(self) -> int:
        """How many numbers the model holds, the sublayers' included."""
        return _count(self.model.weights)

    def print_trainable_parameters(self) -> None:
        """Print both counts in the format of Hugging Face PEFT."""
        trainable, total = self.trainable_parameters, self.total_parameters
        print(  # noqa: T201
            f"trainable params: {trainable:,d} || all params: {total:,d} "
            f"|| trainable%: {100 * trainable / total:.4f}"
        )

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the sublayers' weights, without the model's, to one HDF5 file, atomically."""
        weights = {
            path: keras.ops.convert_to_numpy(weight).astype(np.float32)
            for path, weight in self.weights.items()
        }
        adapter_file.write(path, adapter_file.AdapterFile(self.insertion.to_json(), weights))

    def load(self, path: str | os.PathLike[str]) -> None:
        """Load weights that ``save`` wrote. Everything is checked before anything is changed.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is no adapter file, or it was saved for another spec, for other blocks
                or targets, or for a model of another width; the message lists what differs.
        """
        file = adapter_file.read(path)
        weights = self.weights
        differences = [
            *_record_differences(file.insertion, self.insertion.to_json()),
            *_weight_differences(file.weights, weights),
        ]
        if differences:
            raise ValueError(
                "\n  ".join([f"the adapter {os.fspath(path)!r} does not fit:", *differences])
            )
        for key, weight in weights.items():
            weight.assign(file.weights[key])

    @contextmanager
    def disabled(self) -> Iterator[keras.Model]:
        """Within the ``with`` block the model is the base model, bit for bit."""
        before = {projection: projection.enabled for projection in self._projections().values()}
        self._enable(dict.fromkeys(before, False))
        try:
            yield self.model
        finally:
            self._enable(before)

    def remove(self) -> None:
        """Take the sublayers out: the model is the base model again, its class and flags too."""
        self._attachment  # noqa: B018  (a clear error if it is gone already)
        detach(self.model)

    @property
    def _attachment(self) -> Attachment:
        attachment: Attachment | None = getattr(backbone_of(self.model), "_attachment", None)
        if attachment is None:
            raise ValueError("the model holds no adapter: none was inserted, or it was removed")
        return attachment

    def _projections(self) -> dict[str, AdaptedProjection]:
        return {site.path: site.projection for site in self._attachment.sites}

    def _enable(self, states: Mapping[AdaptedProjection, bool]) -> None:
        for projection, enabled in states.items():
            projection.enabled = enabled
        forget_functions(self.model)
        forget_functions(backbone_of(self.model))


def _count(weights: list[keras.Variable]) -> int:
    return sum(int(np.prod(weight.shape)) for weight in weights)


def _record_differences(saved: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    return [
        f"{name}: {saved[name]!r} in the file, {here[name]!r} in the model"
        for name in ("layer", "digest", "targets", "blocks")
        if saved[name] != here[name]
    ]


def _weight_differences(
    saved: Mapping[str, NDArray[np.float32]], here: Mapping[str, keras.Variable]
) -> list[str]:
    shapes = {path: tuple(weight.shape) for path, weight in here.items()}
    return [
        f"{path}: {_shape(saved, path)} in the file, {shapes.get(path, 'absent')} in the model"
        for path in sorted({*saved, *shapes})
        if path not in saved or saved[path].shape != shapes.get(path)
    ]


def _shape(weights: Mapping[str, NDArray[np.float32]], path: str) -> object:
    return weights[path].shape if path in weights else "absent"
