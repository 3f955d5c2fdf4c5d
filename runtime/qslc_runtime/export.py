"""Exports: files that another process reads without this package."""

from __future__ import annotations

import sys

_EXPORTERS = (
    "jax._src.export.",
    "jax.experimental.jax2tf.",
    "jax2onnx.",
    "keras.src.export.",
    "tensorflow.lite.",
    "tensorflow.python.saved_model.",
    "tf2onnx.",
)
"""Packages that trace a model in order to write it to a file."""


def is_exporting() -> bool:
    """Whether the call is traced for an exported file, and not to be run in this process.

    Keras has no flag for this, so the callers are looked at: whoever writes the file is among them
    while the model is traced.
    """
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(_EXPORTERS):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
