"""An arm of a study as a method of the runtime."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import qslc_runtime
from qslc_runtime import Adapter, methods

from qslc_study.training.job import JobError


def attach_arm(model: keras.Model, arm: Mapping[str, Any], layer: str, seed: int) -> Adapter:
    """Put the arm's method into the model and freeze the rest.

    Args:
        arm: as in the study, without learning rates.
        layer: the compiled folder of a ``qsl`` arm.

    Raises:
        JobError: the method does not fit the model, or an option does not exist.
    """
    blocks = arm["blocks"] if arm["blocks"] == "all" else tuple(arm["blocks"])
    try:
        method = _method(arm, layer)
        return methods.attach(model, method, targets=arm["targets"], blocks=blocks, seed=seed)
    except (TypeError, ValueError) as error:
        raise JobError(str(error)) from error


def _method(arm: Mapping[str, Any], layer: str) -> methods.Method:
    match arm["method"]:
        case "full":
            return methods.Full()
        case "lora":
            return methods.Lora(rank=arm["rank"], alpha=arm["alpha"])
        case "lora_xs":
            return methods.LoraXs(rank=arm["rank"])
        case "keras_lora":
            return methods.KerasLora(rank=arm["rank"], alpha=arm["alpha"])
        case "prefix":
            return methods.Prefix(length=arm["length"], hidden=arm["hidden"])
        case "qsl":
            return methods.Sublayer(qslc_runtime.load(layer), arm["options"])
        case "quadratic":
            return methods.Quadratic(rank=arm["rank"], trainable_down=arm["trainable_down"])
    return methods.Vera(rank=arm["rank"], start=arm["start"])
