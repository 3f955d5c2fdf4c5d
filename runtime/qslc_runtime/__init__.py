"""Runtime of the layers that qslc generates: base layer, engines, insertion into transformers."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from qslc_runtime.extras import explain_missing
from qslc_runtime.former import find_renamed
from qslc_runtime.registration import register_with_keras

if TYPE_CHECKING:
    from qslc_runtime.adapters import (
        Adapter,
        from_hub,
        get_active,
        get_adapter,
        insert,
        list_adapters,
        load_adapter,
        merge,
        register_family,
        set_active,
    )
    from qslc_runtime.artifact import Artifact
    from qslc_runtime.folding import FoldedSublayer
    from qslc_runtime.layer import QuantumSublayer
    from qslc_runtime.layer.loading import load
    from qslc_runtime.layer.principal import set_principal_axes
    from qslc_runtime.preparation.compiles import make_bank, prepare

__all__ = [
    "Adapter",
    "Artifact",
    "FoldedSublayer",
    "QuantumSublayer",
    "from_hub",
    "get_active",
    "get_adapter",
    "insert",
    "list_adapters",
    "load",
    "load_adapter",
    "make_bank",
    "merge",
    "prepare",
    "register_family",
    "set_active",
    "set_principal_axes",
]

_PACKAGES = ("engines", "methods", "mitigation", "preparation", "sampling")
"""Packages inside that users import from."""

_HOMES = {
    "Artifact": "qslc_runtime.artifact",
    "FoldedSublayer": "qslc_runtime.folding",
    "QuantumSublayer": "qslc_runtime.layer",
    "load": "qslc_runtime.layer.loading",
    "make_bank": "qslc_runtime.preparation.compiles",
    "prepare": "qslc_runtime.preparation.compiles",
    "set_principal_axes": "qslc_runtime.layer.principal",
}
_RENAMED = {"Artefact": "qslc_runtime.Artifact", "adapter_of": "qslc_runtime.get_adapter"}


def __getattr__(name: str) -> Any:
    """Import on first use: Keras takes seconds, and reading an artifact needs none of it."""
    if name in __all__:
        return getattr(_import(_HOMES.get(name, "qslc_runtime.adapters")), name)
    if name in _PACKAGES:
        return _import(f"{__name__}.{name}")
    return find_renamed(__name__, name, _RENAMED)


def _import(module: str) -> Any:
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        raise explain_missing(error) from None


def __dir__() -> list[str]:
    return [*__all__, *_PACKAGES]


register_with_keras()
