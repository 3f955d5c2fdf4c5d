"""Engines by name, in one table. Those that need more than Keras are imported when asked for.

Other packages add engines by entry points of the group ``qslc_runtime.engines``, each of which
names a class.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from qslc_runtime.engines.engine import Engine
from qslc_runtime.noise import check_noise
from qslc_runtime.registry import Registry

__all__ = ["ENGINES", "Engine", "create", "list_engines"]

ENGINES: Registry[type[Engine]] = Registry(
    "engine",
    lazy={
        "native": "qslc_runtime.engines.native:NativeEngine",
        "tfq": "qslc_runtime.engines.tfq:TfqEngine",
        "qsim": "qslc_runtime.engines.qsim:QsimEngine",
        "noisy": "qslc_runtime.engines.noisy:NoisyEngine",
        "shots": "qslc_runtime.engines.shots:ShotsEngine",
        "sampler": "qslc_runtime.engines.sampler:SamplerEngine",
    },
    group="qslc_runtime.engines",
)
"""The class of each engine."""


def create(name: str, layer_class: type, options: Mapping[str, Any]) -> Engine:
    """Make the engine of a generated layer.

    Args:
        name: A name in ``ENGINES``.
        layer_class: The class in ``layer.py``; some engines read the files beside it.
        options: Options of the engine.

    Raises:
        ValueError: There is no such engine or option, or it cannot run this circuit.
        TypeError: The class does not say all that an engine says about itself.
    """
    if name not in ENGINES:
        raise ValueError(f"no engine is called {name!r}; engines are {', '.join(ENGINES)}")
    _check_options(name, options)
    engine: Any = ENGINES[name]
    engine.check_backend()
    if engine.noise and not engine.reads_artifact:
        raise TypeError(f"the engine {name!r} simulates noise, but does not read the artifact")
    made: Engine = engine(*_list_arguments(engine, layer_class, options), **options)
    if not isinstance(getattr(made, "supports_jit", None), bool):
        raise TypeError(f"the engine {name!r} does not define supports_jit")
    return made


def _list_arguments(engine: Any, layer_class: type, options: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the layer class, after the artifact in its folder if the engine reads that."""
    if not engine.reads_artifact:
        return (layer_class,)
    from qslc_runtime.artifact import Artifact

    artifact = Artifact.read(Path(inspect.getfile(layer_class)).parent)
    if engine.noise and artifact.noise and options.get("noise", True):
        check_noise(engine.name, engine.noise, artifact.noise)
    return artifact, layer_class


def list_engines(**abilities: bool) -> tuple[str, ...]:
    """Return the engines of some abilities, such as ``differentiable=True``."""
    found = ((name, ENGINES[name]) for name in _list_installed())
    return tuple(n for n, e in found if all(getattr(e, k) is v for k, v in abilities.items()))


def _check_options(name: str, options: Mapping[str, Any]) -> None:
    own = _list_options(name)
    unknown = [option for option in options if option not in own]
    if not unknown:
        return
    able = (engine for engine in _list_installed() if _list_options(engine).issuperset(unknown))
    other = next(able, None)
    hint = f"use engine={other!r}" if other else f"it takes {', '.join(sorted(own)) or 'none'}"
    raise ValueError(f"the engine {name!r} has no option {', '.join(map(repr, unknown))}; {hint}")


def _list_options(name: str) -> set[str]:
    """Return the names of the keyword arguments that are the user's to set."""
    return set(inspect.signature(ENGINES[name]).parameters) - {"artifact", "layer_class"}


def _list_installed() -> Iterator[str]:
    """Yield the engines whose packages are there."""
    for name in ENGINES:
        try:
            ENGINES[name]
        except ImportError:
            continue
        yield name


def __getattr__(name: str) -> Any:
    """Return what earlier versions called ``NAMES`` and ``DIFFERENTIABLE``."""
    if name not in ("NAMES", "DIFFERENTIABLE"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    message = f"qslc_runtime.engines.{name} is deprecated; use ENGINES or list_engines"
    warnings.warn(message, DeprecationWarning, stacklevel=2)
    return tuple(ENGINES) if name == "NAMES" else list_engines(differentiable=True)
