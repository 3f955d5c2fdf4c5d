"""The former name of ``qslc_runtime.artifact``."""

from __future__ import annotations

from qslc_runtime import artifact
from qslc_runtime.former import make_getattr

_RENAMED = {
    name.replace("Artifact", "Artefact"): f"{artifact.__name__}.{name}" for name in artifact.__all__
}

__getattr__ = make_getattr(__name__, _RENAMED)
