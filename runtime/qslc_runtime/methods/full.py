"""Full fine-tuning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn

import keras

from qslc_runtime.adapters import Adapter
from qslc_runtime.adapters.attach import adjust_models
from qslc_runtime.adapters.contents import Contents
from qslc_runtime.adapters.families import find_adapted
from qslc_runtime.adapters.layout import Blocks, Targets
from qslc_runtime.methods.method import Method, PlainAdapter


@dataclass(frozen=True)
class Full(Method):
    """Every weight of the model trains; group "weights". ``targets`` and ``blocks`` say nothing."""

    def attach(self, model: keras.Model, targets: Targets, blocks: Blocks, seed: int) -> Adapter:
        """Let the whole model train."""
        del targets, blocks, seed
        find_adapted(model)
        model.trainable = True
        adjust_models(model._flatten_layers())
        return FullAdapter(model)


_NO_BASE = "full fine-tuning changes the base model itself: load that again instead"


class FullAdapter(PlainAdapter):
    """The whole model as its own adapter: there is nothing to disable, fold or remove."""

    refusals: ClassVar[Mapping[str, str]] = {
        "insertion": "Full puts no sublayers into a model",
        "fold": "Full puts no sublayers into a model: there is nothing to fold",
        "unfold": "Full puts no sublayers into a model: there is nothing to unfold",
        "disabled": _NO_BASE,
    }

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
    def weights(self) -> dict[str, keras.Variable]:
        return {weight.path: weight for weight in self.model.weights}

    @property
    def groups(self) -> dict[str, list[keras.Variable]]:
        return {"weights": list(self.model.trainable_weights)}

    def remove(self) -> NoReturn:
        raise ValueError(_NO_BASE)

    def _describe_contents(self) -> Contents:
        return Contents(self.record, self.weights, resolve=dict)
