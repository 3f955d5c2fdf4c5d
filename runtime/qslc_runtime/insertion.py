"""The former name of ``qslc_runtime.adapters``."""

from __future__ import annotations

import warnings
from typing import Any

from qslc_runtime import adapters


def __getattr__(name: str) -> Any:
    """Return what ``qslc_runtime.adapters`` has under a name, with a warning."""
    if name not in adapters.__all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    warnings.warn(
        f"qslc_runtime.insertion.{name} is now qslc_runtime.{name}; the old module will go",
        DeprecationWarning,
        stacklevel=2,
    )
    return getattr(adapters, name)
