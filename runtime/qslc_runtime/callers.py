"""Find out what a function is called for, where a library does not say."""

from __future__ import annotations

import sys

import keras

_EXPORTERS = (
    "jax._src.export.",
    "jax.experimental.jax2tf.",
    "jax2onnx.",
    "keras.src.export.",
    "tensorflow.lite.",
    "tensorflow.python.saved_model.",
    "tf2onnx.",
)
_PRESETS = ("keras_hub.src.utils.preset_utils",)


def is_exporting() -> bool:
    """Return whether a model is traced for a file that other processes read.

    Keras has no flag for this; but whoever writes the file is among the callers of the trace.
    """
    return _are_called_from(_EXPORTERS)


def is_saving_preset() -> bool:
    """Return whether KerasHub asks for a configuration to write it into a preset."""
    return _are_called_from(_PRESETS)


def is_traced_for_xla() -> bool:
    """Return whether TensorFlow traces a function that XLA compiles; False on other backends."""
    if keras.backend.backend() != "tensorflow":
        return False
    import tensorflow as tf
    from tensorflow.python.ops.control_flow_util import GraphOrParentsInXlaContext

    return bool(GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph()))


def _are_called_from(modules: tuple[str, ...]) -> bool:
    """Return whether a caller is of one of the modules, or of a package with a dot at its end."""
    frame = sys._getframe(1)
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith(modules):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
