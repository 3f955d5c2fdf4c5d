"""The former name of ``qslc_runtime.artifact``."""

from __future__ import annotations

import warnings
from typing import Any

from qslc_runtime import artifact


def __getattr__(name: str) -> Any:
    """Return what ``qslc_runtime.artifact`` calls by the American spelling, with a warning."""
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    new = name.replace("Artefact", "Artifact")
    warnings.warn(
        f"qslc_runtime.artefact.{name} is now qslc_runtime.artifact.{new}; the old name will go",
        DeprecationWarning,
        stacklevel=2,
    )
    return getattr(artifact, new)
