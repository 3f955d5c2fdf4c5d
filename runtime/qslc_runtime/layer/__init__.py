"""The base class of generated layers and what it is made of.

The class itself is imported on first use: its parts are needed where it cannot be imported yet.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from qslc_runtime.layer.sharing import share_name
    from qslc_runtime.layer.sublayer import QuantumSublayer

__all__ = ["QuantumSublayer", "share_name"]


def __getattr__(name: str) -> Any:
    """Import the class on first use."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from qslc_runtime.layer import sharing, sublayer

    return getattr(sharing if name == "share_name" else sublayer, name)


def __dir__() -> list[str]:
    return [*__all__]
