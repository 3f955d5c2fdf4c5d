"""Names in saved models, which Keras finds before the classes behind them are imported.

``import qslc_runtime`` imports neither Keras nor the classes. As soon as Keras is there, every name
gets a stand-in that imports its class when a saved model asks for it.
"""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.util
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from qslc_runtime.families import FAMILIES

PACKAGE = "qslc_runtime"
_HOMES = {
    "FoldedSublayer": "qslc_runtime.folding",
    "GeneratedLayer": "qslc_runtime.layer.sublayer",
    "GroupedAdamW": "qslc_runtime.methods",
    "KeyValuePrefix": "qslc_runtime.methods",
    "LoraUpdate": "qslc_runtime.methods",
    "LoraXsUpdate": "qslc_runtime.methods",
    "QuadraticUpdate": "qslc_runtime.methods",
    "QuantumPeftUpdate": "qslc_runtime.methods",
    "QuicUpdate": "qslc_runtime.methods",
    "VeraUpdate": "qslc_runtime.methods",
    **{f"Adapted{name}Backbone": "qslc_runtime.adapters" for name in FAMILIES},
}
"""The module that registers each class."""


@dataclass(frozen=True)
class Deferred:
    """Stands for a class that is not imported yet.

    Args:
        name: Name of the class.
        home: The module that registers it.
    """

    name: str
    home: str

    def import_class(self) -> Any:
        """Import the class and return it.

        Raises:
            ValueError: There is none, as KerasHub is too old for it.
        """
        import keras

        importlib.import_module(self.home)
        found = keras.saving.get_custom_objects()[f"{PACKAGE}>{self.name}"]
        if isinstance(found, Deferred):
            raise ValueError(f"{self.name} needs a newer keras-hub than the one installed")
        return found

    def from_config(self, config: Mapping[str, Any]) -> Any:
        """Make what the class makes of a configuration."""
        return self.import_class().from_config(config)


def register_with_keras() -> None:
    """Register every name, at once or as soon as Keras is imported."""
    if "keras" in sys.modules:
        _register(sys.modules["keras"])
    else:
        sys.meta_path.insert(0, _AfterKeras())


def _register(keras: Any) -> None:
    known = keras.saving.get_custom_objects()
    for name, home in _HOMES.items():
        known.setdefault(f"{PACKAGE}>{name}", Deferred(name, home))


class _AfterKeras(importlib.abc.MetaPathFinder):
    """Waits for the import of Keras, once, and registers the names behind it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        del path, target
        if fullname != "keras":
            return None
        sys.meta_path.remove(self)
        try:
            spec = importlib.util.find_spec(fullname)
        finally:
            sys.meta_path.insert(0, self)  # finding is not yet importing
        if spec is not None and spec.loader is not None:
            execute = spec.loader.exec_module

            def execute_and_register(module: ModuleType) -> None:
                execute(module)
                sys.meta_path.remove(self)
                _register(module)

            spec.loader.exec_module = execute_and_register  # type: ignore[method-assign]
        return spec
