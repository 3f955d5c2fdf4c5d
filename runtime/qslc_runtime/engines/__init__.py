"""Engines by name. Those that need more than Keras are imported when they are asked for."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from qslc_runtime.engines.protocol import Engine

NAMES = ("native", "tfq", "qsim")
DIFFERENTIABLE = ("native", "tfq")

__all__ = ["DIFFERENTIABLE", "NAMES", "Engine", "create"]


def create(name: str, layer_class: type, options: Mapping[str, Any]) -> Engine:
    """The engine of a generated layer.

    Args:
        name: one of ``NAMES``.
        layer_class: the class in ``layer.py``; "tfq" and "qsim" read the files beside it.
        options: of the engine.

    Raises:
        ValueError: there is no such engine or option, or it cannot run this circuit.
    """
    if name not in NAMES:
        raise ValueError(f"no engine is called {name!r}; engines are {', '.join(NAMES)}")
    _check_options(name, options)
    engine = _engine_class(name)
    if name == "native":
        return engine(layer_class, **options)
    from qslc_runtime.artifact import Artifact

    folder = Path(inspect.getfile(layer_class)).parent
    return engine(Artifact.read(folder), layer_class, **options)


def _check_options(name: str, options: Mapping[str, Any]) -> None:
    unknown = [option for option in options if option not in _options(name)]
    if not unknown:
        return
    able = (engine for engine in NAMES if _options(engine).issuperset(unknown))
    other, own = next(able, None), sorted(_options(name))
    hint = f"use engine={other!r}" if other else f"it takes {', '.join(own) or 'none'}"
    raise ValueError(f"the engine {name!r} has no option {', '.join(map(repr, unknown))}; {hint}")


def _options(name: str) -> set[str]:
    """The names of the keyword arguments that are the user's to set."""
    return set(inspect.signature(_engine_class(name)).parameters) - {"artifact", "layer_class"}


def _engine_class(name: str) -> type[Engine]:
    if name == "tfq":
        from qslc_runtime.engines.tfq import TfqEngine

        return TfqEngine
    if name == "qsim":
        from qslc_runtime.engines.qsim import QsimEngine

        return QsimEngine
    from qslc_runtime.engines.native import NativeEngine

    return NativeEngine
