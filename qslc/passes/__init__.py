"""Passes from program to program: fewer gates, the same expectations. One idea, one file."""

from __future__ import annotations

import warnings
from typing import Any

from qslc.passes.levels import NATIVE_PASSES, PASS_TABLE, PASSES
from qslc.passes.run import Pass, clean_up, run

__all__ = ["NATIVE_PASSES", "PASSES", "PASS_TABLE", "Pass", "clean_up", "run"]


def __getattr__(name: str) -> Any:
    if name == "cleaned":
        message = "qslc.passes.cleaned is deprecated; use clean_up"
        warnings.warn(message, DeprecationWarning, stacklevel=2)
        return clean_up
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
