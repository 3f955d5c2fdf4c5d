"""Runtime of the layers that qslc generates: base layer, engines, insertion into transformers."""

from __future__ import annotations

import importlib
import warnings
from typing import TYPE_CHECKING, Any

from qslc_runtime.registration import register_with_keras

if TYPE_CHECKING:
    from qslc_runtime.adapters import Adapter, adapter_of, insert, load_adapter, register_family
    from qslc_runtime.artifact import Artifact
    from qslc_runtime.folding import FoldedSublayer
    from qslc_runtime.layer import QuantumSublayer
    from qslc_runtime.layer.loading import load

__all__ = [
    "Adapter",
    "Artifact",
    "FoldedSublayer",
    "QuantumSublayer",
    "adapter_of",
    "insert",
    "load",
    "load_adapter",
    "register_family",
]

_HOMES = {
    "Adapter": "qslc_runtime.adapters",
    "Artifact": "qslc_runtime.artifact",
    "FoldedSublayer": "qslc_runtime.folding",
    "QuantumSublayer": "qslc_runtime.layer",
    "adapter_of": "qslc_runtime.adapters",
    "insert": "qslc_runtime.adapters",
    "load": "qslc_runtime.layer.loading",
    "load_adapter": "qslc_runtime.adapters",
    "register_family": "qslc_runtime.adapters",
}


def __getattr__(name: str) -> Any:
    """Import on first use: Keras takes seconds, and reading an artifact needs none of it."""
    if name == "Artefact":
        warnings.warn(
            "qslc_runtime.Artefact is now qslc_runtime.Artifact; the old name will go",
            DeprecationWarning,
            stacklevel=2,
        )
        name = "Artifact"
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


register_with_keras()
