"""Full fine-tuning."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, NoReturn

import keras

from qslc_runtime.adapters import Adapter
from qslc_runtime.adapters.attach import renew
from qslc_runtime.adapters.contents import Contents
from qslc_runtime.adapters.families import family_of
from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.methods.method import Method


@dataclass(frozen=True)
class Full(Method):
    """Every weight of the model trains; group "weights". ``targets`` and ``blocks`` say nothing."""

    def attach(
        self,
        model: keras.Model,
        targets: str | Sequence[str],
        blocks: Literal["all"] | Sequence[int],
        seed: int,
    ) -> FullAdapter:
        """Let the whole model train."""
        del targets, blocks, seed
        family_of(model)
        model.trainable = True
        renew(model._flatten_layers())
        return FullAdapter(model)


class FullAdapter(Adapter):
    """The whole model as its own adapter: there is nothing to disable, fold or remove."""

    @property
    def insertion(self) -> Insertion:
        raise ValueError("Full puts no sublayers into a model")

    @property
    def record(self) -> dict[str, Any]:
        return {
            "layer": "full",
            "digest": None,
            "targets": [],
            "blocks": [],
            "seed": 0,
            "options": {},
        }

    @property
    def sublayers(self) -> dict[str, keras.layers.Layer]:
        return {}

    @property
    def weights(self) -> dict[str, keras.Variable]:
        return {weight.path: weight for weight in self.model.weights}

    @property
    def groups(self) -> dict[str, list[keras.Variable]]:
        return {"weights": list(self.model.trainable_weights)}

    def _contents(self) -> Contents:
        return Contents(self.record, self.weights, settings={}, settings_after=dict)

    def fold(self) -> NoReturn:
        raise ValueError("Full puts no sublayers into a model: there is nothing to fold")

    def unfold(self) -> NoReturn:
        raise ValueError("Full puts no sublayers into a model: there is nothing to unfold")

    def disabled(self) -> AbstractContextManager[keras.Model]:
        raise _no_base()

    def remove(self) -> NoReturn:
        raise _no_base()


def _no_base() -> ValueError:
    return ValueError("full fine-tuning changes the base model itself: load that again instead")
