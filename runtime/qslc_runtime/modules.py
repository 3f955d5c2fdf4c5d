"""Tell PyTorch's modules from Keras's models, without importing PyTorch."""

from __future__ import annotations

import importlib
import sys
from types import ModuleType

import keras


def find_module_functions(model: object) -> ModuleType | None:
    """Return ``insert`` and others for a PyTorch module; None for Keras models and anything else.

    Raises:
        ValueError: It is one, and Keras has another backend.
    """
    torch = sys.modules.get("torch")
    module = getattr(getattr(torch, "nn", None), "Module", None)
    if module is None or not isinstance(model, module) or isinstance(model, keras.layers.Layer):
        return None
    backend = keras.backend.backend()
    if backend != "torch":
        raise ValueError(
            f"{type(model).__name__} is a PyTorch model, and Keras runs on {backend}: set the "
            "environment variable KERAS_BACKEND=torch before keras is imported"
        )
    return importlib.import_module("qslc_runtime.huggingface.insert")
