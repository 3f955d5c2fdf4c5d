"""The former name of ``qslc_runtime.artifact``."""

from __future__ import annotations

from typing import Any

from qslc_runtime import artifact
from qslc_runtime.former import find_renamed

_RENAMED = {
    name.replace("Artifact", "Artefact"): f"{artifact.__name__}.{name}" for name in artifact.__all__
}


def __getattr__(name: str) -> Any:
    """Return what ``qslc_runtime.artifact`` calls by the American spelling, with a warning."""
    return find_renamed(__name__, name, _RENAMED)
