"""Record of the layers in a model, which travels with adapter files and saved models."""

from __future__ import annotations

import difflib
import inspect
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import keras
from keras.layers import Layer as _Layer

from qslc_runtime.registration import Deferred


@dataclass(frozen=True)
class Insertion:
    """Layer class, and the projections that it stands beside.

    Args:
        layer: The class of the sublayers.
        targets: Projections in each block.
        blocks: Block numbers.
        seed: Every sublayer's own seed is derived from it, its block and its target.
        options: Further constructor arguments of the sublayers, plain JSON.
    """

    layer: type[keras.layers.Layer]
    targets: tuple[str, ...]
    blocks: tuple[int, ...]
    seed: int
    options: Mapping[str, Any]

    def __post_init__(self) -> None:
        check_seed(self.seed)
        check_options(self.layer, self.options)
        try:
            json.dumps(dict(self.options), allow_nan=False)
        except (TypeError, ValueError) as error:
            raise ValueError(f"layer options must be plain JSON: {error}") from None

    def to_json(self) -> dict[str, Any]:
        return {
            "layer": get_name(self.layer),
            "digest": get_digest(self.layer),
            "targets": list(self.targets),
            "blocks": list(self.blocks),
            "seed": self.seed,
            "options": dict(self.options),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Insertion:
        """Read the record of a saved model.

        Raises:
            ValueError: Its layer class is not registered with Keras in this process.
        """
        targets, blocks = tuple(data["targets"]), tuple(data["blocks"])
        return cls(find_class(data["layer"]), targets, blocks, data["seed"], data["options"])


def get_digest(layer: type[keras.layers.Layer]) -> str | None:
    """Return the digest of the spec that a layer was generated from; None for a classical one."""
    return getattr(layer, "DIGEST", None)


def get_name(layer: type[keras.layers.Layer]) -> str:
    """Return the name of a layer's class in adapter files and saved models."""
    return get_generated_name(layer) or keras.saving.get_registered_name(layer)


def get_generated_name(layer: type[keras.layers.Layer]) -> str | None:
    """Return the name that generated code registered its class under, or None."""
    return vars(layer).get("REGISTERED_NAME")


def check_seed(seed: object) -> None:
    """Raise a ValueError unless ``seed`` is a whole number that is not negative."""
    if type(seed) is not int or seed < 0:
        raise ValueError(f"seed must be a non-negative integer; got {seed!r}")


def find_class(name: str) -> Any:
    """Return the class that has a name in this process.

    Raises:
        ValueError: It has not been loaded.
    """
    layer: Any = keras.saving.get_registered_object(name)
    if isinstance(layer, Deferred):
        layer = layer.import_class()
    if layer is None:
        raise ValueError(
            f"the model holds the generated layer {name!r}, which this process has not loaded; "
            "call qslc_runtime.load on its folder first"
        )
    return layer


def resolve_layer(layer: object) -> type[keras.layers.Layer]:
    """Return the class of the sublayers: itself, or that of a compile's folder.

    Raises:
        TypeError: It is something else; the message says what to write.
        FileNotFoundError, ImportError: As ``qslc_runtime.load``.
    """
    if isinstance(layer, str | os.PathLike):
        from qslc_runtime.layer.loading import load

        return load(os.fspath(layer))
    if isinstance(layer, keras.layers.Layer):
        name = type(layer).__name__
        raise TypeError(
            f"layer is a class, not an instance: write {name} and give its arguments as options; "
            "each projection gets a layer of its own"
        )
    kind = layer if isinstance(layer, type) else type(layer)
    if kind.__module__.startswith("qslc_runtime.methods") and not issubclass(kind, _Layer):
        raise TypeError(
            f"{kind.__name__} is a method of fine-tuning: write "
            f"qslc_runtime.methods.attach(model, {kind.__name__}(...))"
        )
    if not (isinstance(layer, type) and issubclass(layer, _Layer)):
        raise TypeError(
            "layer must be a Keras layer class that qslc_runtime.load returned, the layer_class of "
            f"what qslc.compile returned, or a folder; got {layer!r}"
        )
    if "seed" not in list_arguments(layer):
        raise TypeError(
            f"{layer.__name__} is no sublayer: a sublayer is made with units=, seed=, name= and "
            "dtype=, as the classes that qslc_runtime.load returns"
        )
    return layer


def check_options(
    layer: type[keras.layers.Layer], options: object, others: Iterable[str] = ()
) -> None:
    """Check that a layer class takes options of these names.

    Args:
        others: Names that would have been right beside the options.

    Raises:
        TypeError: It does not, or an option is not the user's to set.
    """
    if not isinstance(options, Mapping):
        raise TypeError(f"options are a mapping from names to values; got {options!r}")
    names = list_arguments(layer)
    given = {"seed", "name", *({"units"} if "units" in names else {"heads", "width"})}
    for option in options:
        if option in given:
            raise TypeError(f"{option} of {layer.__name__} follows from its place: leave it out")
        if option not in names:
            known = {*names, *others} - given
            hint = suggest(option, known, f"it takes {', '.join(sorted(known))}")
            raise TypeError(f"{layer.__name__} has no option {option!r}; {hint}")


def suggest(name: object, names: Iterable[str], otherwise: str) -> str:
    """Suggest the nearest of some names in place of ``name``, or else ``otherwise``."""
    close = difflib.get_close_matches(str(name), [*names], n=1)
    return f"did you mean {close[0]!r}?" if close else otherwise


def list_arguments(layer: type[keras.layers.Layer]) -> set[str]:
    """Return the names of the arguments that a layer class and its bases take."""
    names: set[str] = set()
    for base in layer.__mro__:
        if "__init__" not in vars(base):
            continue
        parameters = inspect.signature(vars(base)["__init__"]).parameters
        kinds = {parameter.kind for parameter in parameters.values()}
        names |= {name for name, parameter in parameters.items() if parameter.kind in _NAMED}
        if base is keras.layers.Layer or inspect.Parameter.VAR_KEYWORD not in kinds:
            break
    return names - {"self"}


def list_own_arguments(layer: type[keras.layers.Layer]) -> set[str]:
    """Return the names of the arguments that a layer class takes, without those of any layer."""
    return list_arguments(layer) - list_arguments(keras.layers.Layer)


def read_arguments(layer: keras.layers.Layer, kind: type[keras.layers.Layer]) -> dict[str, Any]:
    """Return the own arguments of a layer's class, each read from the attribute of its name."""
    return {name: getattr(layer, name) for name in sorted(list_own_arguments(kind))}


_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
