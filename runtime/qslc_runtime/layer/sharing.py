"""Names of generated classes in saved models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from keras.saving import get_registered_name, register_keras_serializable

from qslc_runtime.adapters.insertion import get_generated_name
from qslc_runtime.registration import PACKAGE

if TYPE_CHECKING:
    from qslc_runtime.layer.sublayer import QuantumSublayer


def share_name(layer: type[QuantumSublayer]) -> None:
    """Let saved models name the layer's class in its configuration.

    Keras then asks ``QuantumSublayer`` for it, in every process that has imported ``qslc_runtime``,
    and not the user to register a class.
    """
    if get_generated_name(layer) is None:
        layer.REGISTERED_NAME = get_registered_name(layer)
        register_keras_serializable(package=PACKAGE, name="GeneratedLayer")(layer)
