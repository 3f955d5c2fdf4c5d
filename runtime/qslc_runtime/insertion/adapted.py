"""Backbones that hold sublayers: what Keras saves and loads in place of the plain ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import keras

from qslc_runtime.callers import is_saving_preset
from qslc_runtime.insertion.attach import Attachment, attach
from qslc_runtime.insertion.config import Insertion
from qslc_runtime.insertion.layout import Layout


class Adapted:
    """Adds the insertion to a backbone's configuration.

    Instances are not made with the constructor: ``attach`` turns a plain backbone into one.
    """

    plain: ClassVar[type[keras.Model]]
    layout: ClassVar[Layout]
    _attachment: Attachment

    def get_config(self) -> dict[str, Any]:
        """The configuration of the plain backbone, and the insertion.

        Raises:
            ValueError: it is asked for by ``save_to_preset``.
        """
        if is_saving_preset():
            raise ValueError(
                "a preset holds plain models only: adapter.save(...) the adapter to a file of its "
                "own and remove() it before save_to_preset; load_adapter puts it back"
            )
        config: dict[str, Any] = super().get_config()  # type: ignore[misc]
        return {**config, "insertion": self._attachment.insertion.to_json()}

    def __reduce__(self) -> tuple[Any, ...]:
        """As Keras pickles a model, but without a reference to this class, which is made here."""
        unpickle, arguments = super().__reduce__()
        return getattr(keras.Model, unpickle.__name__), arguments

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> keras.Model:
        """A plain backbone with the insertion of the configuration.

        Raises:
            ValueError: the generated layer has not been loaded in this process.
        """
        insertion = Insertion.from_json(config["insertion"])
        rest = {key: value for key, value in config.items() if key != "insertion"}
        backbone = cls.plain.from_config(rest)
        attach(backbone, cls, insertion)
        return backbone
