"""A model that KerasHub does not have."""

from __future__ import annotations

import keras
import keras_hub


@keras.saving.register_keras_serializable(package="qslc_example")
class TinyBackbone(keras_hub.models.GPT2Backbone):
    """A decoder with learned positions."""
