"""The handle on a method in a model: count, group, save, load, remove."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import keras

from qslc_runtime import counts
from qslc_runtime.insertion import transfer


@dataclass(frozen=True)
class Attached:
    """A method that stands in a model, as ``attach`` returns it.

    Args:
        model: the model that was given to ``attach``.
        record: what was attached where, plain JSON; it travels with saved adapters.
        weights: all weights of the adapter by path, fixed ones too.
        groups: the trainable weights by the kind of parameter they hold, for learning rates.
    """

    model: keras.Model
    record: Mapping[str, Any]
    weights: Mapping[str, keras.Variable]
    groups: Mapping[str, list[keras.Variable]]
    _remove: Callable[[], None]

    @property
    def trainable_parameters(self) -> int:
        """How many numbers of the whole model ``fit`` changes."""
        return counts.trainable_parameters(self.model)

    @property
    def total_parameters(self) -> int:
        """How many numbers the model holds, the adapter's included."""
        return counts.total_parameters(self.model)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write ``weights`` and ``record`` to one HDF5 file, atomically.

        What ``Sublayer``, ``Lora``, ``Quadratic``, ``Vera`` and ``Prefix`` write is an adapter
        file of ``qslc_runtime.insert``.
        """
        transfer.save(path, self.record, self.weights)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Load weights that ``save`` wrote. Everything is checked before anything is changed.

        Raises:
            FileNotFoundError: there is no such file.
            ValueError: it is no adapter file, or was saved for another method, other places or a
                model of another width; the message lists what differs.
        """
        transfer.load(path, self.record, self.weights)

    def remove(self) -> None:
        """Take the method out: the model is the base model again, trainable flags included.

        Raises:
            ValueError: the method is ``Full``, which leaves no base model to go back to; or the
                adapter was removed before.
        """
        self._remove()
