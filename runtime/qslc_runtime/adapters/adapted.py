"""Backbones that hold sublayers: what Keras saves and loads in place of the plain ones.

Each class of backbones, of the table of families or of ``register_family``, has an adapted one.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import Any, ClassVar

import keras

from qslc_runtime.adapters.attach import adjust_models, attach
from qslc_runtime.adapters.attachments import Attachments, find_backbone, parse_records
from qslc_runtime.adapters.model_state import TrainableFlags
from qslc_runtime.callers import is_saving_preset
from qslc_runtime.families import FAMILIES, Family


class Adapted:
    """Adds the insertion to a backbone's configuration, and keeps what it froze frozen.

    Instances are not made with the constructor: ``attach`` turns a plain backbone into one.
    """

    plain: ClassVar[type[keras.Model]]
    family: ClassVar[Family]
    _attachments: Attachments

    @property
    def trainable(self) -> bool:
        """Tell whether the sublayers train; the base model never does, whatever is set here.

        Models around the backbone pass their own ``trainable`` on to it.
        """
        return bool(super().trainable)  # type: ignore[misc]

    @trainable.setter
    def trainable(self, value: bool) -> None:
        keras.layers.Layer.trainable.fset(self, value)
        self._attachments.freeze()

    def call(self, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("training"):
            self._attachments.warn_if_base_trains()
        return super().call(*args, **kwargs)  # type: ignore[misc]

    def enable_lora(self, *args: Any, **kwargs: Any) -> None:
        """Enable Keras's LoRA beside the sublayers: both train, and nothing else."""
        attachments = self._attachments
        sublayers = attachments.sublayers
        before = [TrainableFlags.of(sublayer) for sublayer in sublayers]
        super().enable_lora(*args, **kwargs)  # type: ignore[misc]
        theirs = [weight for sublayer in sublayers for weight in sublayer.weights]
        flags = attachments.flags.update(self, excluded=theirs)
        self._attachments = replace(attachments, flags=flags)
        self._attachments.freeze()
        for each in before:
            each.restore()
        adjust_models(flags.all_layers)

    def get_config(self) -> dict[str, Any]:
        """Return the plain backbone's configuration, its shapes when built, and the insertions.

        Raises:
            ValueError: It is asked for by ``save_to_preset``.
        """
        if is_saving_preset():
            raise ValueError(
                "a preset holds plain models only: adapter.save(...) the adapter to a file of its "
                "own and remove() it before save_to_preset; load_adapter puts it back"
            )
        config: dict[str, Any] = super().get_config()  # type: ignore[misc]
        insertion = self._attachments.to_json()
        return {**config, "built_for": self.get_build_config(), "insertion": insertion}  # type: ignore[attr-defined]

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle as Keras does, but without a reference to this class, which is made here."""
        unpickle, arguments = super().__reduce__()
        return getattr(keras.Model, unpickle.__name__), arguments

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> keras.Model:
        """Make a plain backbone with the insertions of the configuration.

        Raises:
            ValueError: The generated layer has not been loaded in this process.
        """
        records = [*parse_records(config["insertion"])]
        own = ("insertion", "built_for")
        backbone = cls.plain.from_config({k: v for k, v in config.items() if k not in own})
        if not backbone.built:  # a subclassed model: its layers have no weights yet
            backbone.build_from_config(config["built_for"])
        for name, _, insertion in records:
            attach(backbone, cls, insertion, name)
        weights = {name: weight for name, weight, _ in records}
        backbone._attachments = backbone._attachments.activate(weights)
        return backbone


_ADAPTED: dict[type[keras.Model], type[Adapted]] = {}


def register_family(
    backbone: type[keras.Model],
    *,
    attention: str | None = None,
    query: str | None = None,
    key: str | None = None,
    value: str | None = None,
    blocks: str = "transformer_layers",
    targets: Mapping[str, str] | None = None,
) -> None:
    """Let ``insert`` and ``attach`` work on the models of a backbone class.

    The arguments are attributes, or paths of attributes joined by dots. Saved models with an
    adapter are read by processes that have registered the family as well. Registering a class again
    replaces its names.

    Args:
        backbone: Class of the model, or of the ``backbone`` of a task model.
        attention: Path from a block to its attention layer.
        query: Path from the attention layer to the projection that makes the queries of hidden
            states (batch, tokens, d), if it has one of its own.
        key: The same for the keys.
        value: The same for the values.
        blocks: Path from the backbone to the list of its blocks.
        targets: Paths from a block to any other layers that map hidden states (batch, tokens, ...),
            by the name that ``insert`` is given: ``{"mlp_up": "mlp.expand"}``.

    Example:
        >>> class Mixer(keras.Model):
        ...     pass  # its ``stages`` have a dense layer ``mix.inner`` each
        >>> qslc_runtime.register_family(Mixer, blocks="stages", targets={"inner": "mix.inner"})

    Raises:
        TypeError: ``backbone`` is not a class of Keras models, or a name is not a string.
        ValueError: No projection is named.
    """
    further = dict(targets or {})
    given = [name for name in (attention, query, key, value) if name is not None]
    for name in (blocks, *given, *further, *further.values()):
        if not (isinstance(name, str) and all(part.isidentifier() for part in name.split("."))):
            raise TypeError(f"a family is described by names of attributes; got {name!r}")
    if not (isinstance(backbone, type) and issubclass(backbone, keras.Model)):
        raise TypeError(f"backbone must be a class of Keras models; got {backbone!r}")
    if issubclass(backbone, Adapted):
        raise TypeError(f"{backbone.__name__} holds an adapter; register its plain class")
    name, home = backbone.__name__, backbone.__module__
    family = Family(name, home, attention, query, key, value, blocks, targets=further)
    if not family.projections:
        raise ValueError(f"{name} is described without a projection: give query=, or targets=")
    _adapt(backbone, family)


def find_adapted(model: keras.Model) -> type[Adapted]:
    """Return the adapted class for a model, which may hold adapters.

    Raises:
        ValueError: It is of no supported family.
    """
    backbone = find_backbone(model)
    if isinstance(backbone, Adapted):
        return type(backbone)
    if not isinstance(backbone, keras.Model):
        raise ValueError(f"model is a model of KerasHub or PyTorch itself, not {backbone!r:.80}")
    _adapt_table()
    if type(backbone) in _ADAPTED:
        return _ADAPTED[type(backbone)]
    supported = ", ".join(plain.__name__ for plain in _ADAPTED) or "none without KerasHub"
    raise ValueError(
        f"cannot insert into {type(backbone).__name__}; supported backbones: {supported}, "
        "alone or in a task model such as GPT2CausalLM; qslc_runtime.register_family adds others"
    )


def _adapt_table() -> None:
    """Make the adapted classes of all families of the table that have none yet.

    Raises:
        ImportError: A family's module or class is missing, and it is none of KerasHub's.
    """
    for name, family in FAMILIES.items():
        plain = getattr(_import_home(family), f"{name}Backbone", None)
        if plain is None and family.home != "keras_hub.models":
            raise ImportError(f"the family {name!r}: {family.home} has no class {name}Backbone")
        if plain is not None and plain not in _ADAPTED:
            _adapt(plain, family)


def _import_home(family: Family) -> ModuleType | None:
    """Import the module of a family; None for those of KerasHub where that is not installed."""
    try:
        return importlib.import_module(family.home)
    except ModuleNotFoundError as error:
        if family.home != "keras_hub.models" or not (error.name or "").startswith("keras_hub"):
            raise
        return None


def _adapt(plain: type[keras.Model], family: Family) -> None:
    """Make the adapted class, under the name that saved models know it by."""
    name = f"Adapted{plain.__name__}"
    body = {"plain": plain, "family": family, "__module__": __name__}
    register = keras.saving.register_keras_serializable(package="qslc_runtime")
    _ADAPTED[plain] = register(type(name, (Adapted, plain), body))


_adapt_table()
