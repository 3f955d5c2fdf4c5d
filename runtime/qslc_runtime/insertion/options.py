"""What users give as a layer and its options, checked before a model is touched."""

from __future__ import annotations

import difflib
import inspect
import os
from collections.abc import Collection, Mapping
from typing import Any

import keras
from keras.layers import Layer as _Layer


def layer_class(layer: object) -> type[keras.layers.Layer]:
    """The class of the sublayers: itself, or that of a folder which ``qslc compile`` wrote.

    Raises:
        TypeError: it is something else; the message says what to write.
        FileNotFoundError, ImportError: as ``qslc_runtime.load``.
    """
    if isinstance(layer, str | os.PathLike):
        from qslc_runtime.loading import load

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
            "layer must be a Keras layer class that qslc_runtime.load returned, or its folder; "
            f"got {layer!r}"
        )
    if "seed" not in accepted(layer):
        raise TypeError(
            f"{layer.__name__} is no sublayer: a sublayer is made with units=, seed=, name= and "
            "dtype=, as the classes that qslc_runtime.load returns"
        )
    return layer


def check_options(
    layer: type[keras.layers.Layer], options: object, others: Collection[str] = ()
) -> None:
    """Check that a layer class takes options of these names.

    Args:
        others: names that would have been right beside the options.

    Raises:
        TypeError: it does not, or an option is not the user's to set.
    """
    if not isinstance(options, Mapping):
        raise TypeError(f"options are a mapping from names to values; got {options!r}")
    names = accepted(layer)
    given = {"seed", "name", *({"units"} if "units" in names else {"heads", "width"})}
    for option in options:
        if option in given:
            raise TypeError(f"{option} of {layer.__name__} follows from its place: leave it out")
        if option not in names:
            raise TypeError(
                f"{layer.__name__} has no option {option!r}; "
                f"{suggestion(option, {*names, *others} - given)}"
            )


def suggestion(name: object, names: Collection[str]) -> str:
    """What to write in place of ``name``."""
    close = difflib.get_close_matches(str(name), names, n=1)
    return f"did you mean {close[0]!r}?" if close else f"it takes {', '.join(sorted(names))}"


def accepted(layer: type[keras.layers.Layer]) -> set[str]:
    """The names of the arguments that a layer class and those that it extends take."""
    names: set[str] = set()
    for base in layer.__mro__:
        parameters = _parameters(base)
        names |= {name for name, kind in parameters.items() if kind in _NAMED}
        if base is keras.layers.Layer or (
            parameters and inspect.Parameter.VAR_KEYWORD not in parameters.values()
        ):
            break
    return names - {"self"}


_NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)


def _parameters(base: type[Any]) -> dict[str, Any]:
    """The arguments of a class's own constructor and their kinds."""
    if "__init__" not in vars(base):
        return {}
    signature = inspect.signature(vars(base)["__init__"])
    return {name: parameter.kind for name, parameter in signature.parameters.items()}
