"""qslc: a compiler and code generator for quantum sublayers.

    spec = qslc.sublayer("my_layer", qubits=4).amplitude(16).layers(depth=2).spec()
    compiled = qslc.compile(spec)
    compiled.save("build/my_layer")

Names are imported when they are first used, so that the command line starts at once.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qslc.compilation import compile, open  # noqa: A004
    from qslc.compiled import Compiled
    from qslc.diagnostics import CompilerFaultError, InputError
    from qslc.pipeline import compile_to
    from qslc.spec import Spec, digest, from_cirq, gates, load, parse, sublayer

__all__ = [
    "Compiled",
    "CompilerFaultError",
    "InputError",
    "Spec",
    "compile",
    "compile_to",
    "digest",
    "from_cirq",
    "gates",
    "load",
    "open",
    "parse",
    "sublayer",
]
__version__ = version("qslc")

_PACKAGES = ("importers",)
"""Packages inside that users import from."""

_HOMES = {
    "Compiled": "qslc.compiled",
    **dict.fromkeys(("compile", "open"), "qslc.compilation"),
    **dict.fromkeys(("CompilerFaultError", "InputError"), "qslc.diagnostics"),
    "compile_to": "qslc.pipeline",
}


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(import_module(_HOMES.get(name, "qslc.spec")), name)
    if name in _PACKAGES:
        return import_module(f"qslc.{name}")
    if name == "compile_spec":
        return _get_compile_spec()
    raise AttributeError(f"module 'qslc' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, *_PACKAGES, "__version__"]


def _get_compile_spec() -> Any:
    """Return what ran all stages under a former name, with a warning."""
    import warnings

    from qslc.pipeline import compile_spec

    message = (
        "qslc.compile_spec is now qslc.compile, which returns a Compiled; the old name will go"
    )
    warnings.warn(message, DeprecationWarning, stacklevel=3)
    return compile_spec
