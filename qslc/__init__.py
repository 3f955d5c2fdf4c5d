"""qslc: a compiler and code generator for quantum sublayers.

    spec = qslc.sublayer("my_layer", qubits=4).amplitude(16).layers(depth=2).spec()
    qslc.compile_to(spec, "build/my_layer")

Names are imported when they are first used, so that the command line starts at once.
"""

from __future__ import annotations

from importlib import import_module
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qslc.pipeline import compile_spec, compile_to
    from qslc.spec import digest, gates, load, parse, sublayer

__all__ = ["compile_spec", "compile_to", "digest", "gates", "load", "parse", "sublayer"]
__version__ = version("qslc")


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'qslc' has no attribute {name!r}")
    home = "qslc.pipeline" if name.startswith("compile") else "qslc.spec"
    return getattr(import_module(home), name)
