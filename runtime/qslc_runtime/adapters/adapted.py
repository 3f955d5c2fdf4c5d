"""Backbones that hold sublayers: what Keras saves and loads in place of the plain ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import keras

from qslc_runtime.adapters.attach import Attachment, adjust_models, attach
from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.adapters.model_state import TrainableFlags
from qslc_runtime.callers import is_saving_preset
from qslc_runtime.families import Family


class Adapted:
    """Adds the insertion to a backbone's configuration, and keeps what it froze frozen.

    Instances are not made with the constructor: ``attach`` turns a plain backbone into one.
    """

    plain: ClassVar[type[keras.Model]]
    family: ClassVar[Family]
    _attachment: Attachment

    @property
    def trainable(self) -> bool:
        """Tell whether the sublayers train; the base model never does, whatever is set here.

        Models around the backbone pass their own ``trainable`` on to it.
        """
        return bool(super().trainable)  # type: ignore[misc]

    @trainable.setter
    def trainable(self, value: bool) -> None:
        keras.layers.Layer.trainable.fset(self, value)
        self._attachment.freeze()

    def call(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("training"):
            self._attachment.warn_if_base_trains()
        return super().call(*args, **kwargs)  # type: ignore[misc]

    def enable_lora(self, *args: Any, **kwargs: Any) -> None:
        """Enable Keras's LoRA beside the sublayers: both train, and nothing else."""
        attachment = self._attachment
        sublayers = attachment.standing.layers.values()
        before = [TrainableFlags.of(sublayer) for sublayer in sublayers]
        super().enable_lora(*args, **kwargs)  # type: ignore[misc]
        theirs = [weight for sublayer in sublayers for weight in sublayer.weights]
        flags = attachment.flags.update(self, excluded=theirs)
        self._attachment = replace(attachment, flags=flags)
        self._attachment.freeze()
        for flags in before:
            flags.restore()
        adjust_models(self._attachment.flags.all_layers)

    def get_config(self) -> dict[str, Any]:
        """Return the plain backbone's configuration, its shapes when built, and the insertion.

        Raises:
            ValueError: It is asked for by ``save_to_preset``.
        """
        if is_saving_preset():
            raise ValueError(
                "a preset holds plain models only: adapter.save(...) the adapter to a file of its "
                "own and remove() it before save_to_preset; load_adapter puts it back"
            )
        config: dict[str, Any] = super().get_config()  # type: ignore[misc]
        insertion = self._attachment.standing.insertion.to_json()
        return {**config, "built_for": self.get_build_config(), "insertion": insertion}  # type: ignore[attr-defined]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as Keras does, but without a reference to this class, which is made here."""
        unpickle, arguments = super().__reduce__()
        return getattr(keras.Model, unpickle.__name__), arguments

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> keras.Model:
        """Make a plain backbone with the insertion of the configuration.

        Raises:
            ValueError: The generated layer has not been loaded in this process.
        """
        insertion = Insertion.from_json(config["insertion"])
        own = ("insertion", "built_for")
        backbone = cls.plain.from_config({k: v for k, v in config.items() if k not in own})
        if not backbone.built:  # a subclassed model: its layers have no weights yet
            backbone.build_from_config(config["built_for"])
        attach(backbone, cls, insertion)
        return backbone
