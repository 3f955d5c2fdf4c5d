"""Which options of a layer say what its weights mean."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import keras

from qslc_runtime.folding.folded import Form
from qslc_runtime.insertion.options import accepted
from qslc_runtime.insertion.printable import printable

FREE = frozenset(
    {
        # what Keras gives every layer, and what depends on the place
        *("name", "dtype", "trainable", "units", "heads", "width"),
        # how the same function is evaluated
        *("engine", "engine_options"),
        # where training starts
        *("seed", "angle_deviation", "start", "deviation"),
        # which weights train: the file has their values, or their digests
        *("trainable_angles", "trainable_down"),
        # what fixed weights are made of: their digests are compared
        "basis",
    }
)
"""Options that may differ between an adapter file and the model it is loaded into; any other one,
known or not, must be the same."""

_PLACE = frozenset({"name", "units", "seed", "heads", "width"})
"""Constructor arguments that follow from where the layer stands."""

_FEW = 4096
"""Numbers, or a size, that any file may ask for."""

Options = Mapping[str, Any]


def settings_of(sublayer: keras.layers.Layer) -> dict[str, Any]:
    """The options that must be the same, as plain JSON, with defaults filled in."""
    config = {**sublayer.get_config(), **getattr(sublayer, "resolved_options", {})}
    chosen = {key: value for key, value in config.items() if key not in FREE}
    settings: dict[str, Any] = json.loads(json.dumps(chosen, default=str))
    return settings


def settings_after(sublayer: keras.layers.Layer, given: Options, options: Options) -> Options:
    """The settings that ``sublayer`` would have had with other options.

    Args:
        given: the options that it was made with.
        options: those to make it with instead.

    Raises:
        ValueError: it cannot be made with them.
    """
    layer = type(sublayer)
    for difference in unfit(layer, options):
        raise ValueError(difference)
    compared, here = ({k: v for k, v in o.items() if k not in FREE} for o in (options, given))
    if compared == here:
        return settings_of(sublayer)
    kept = {key: value for key, value in sublayer.get_config().items() if key not in given}
    try:
        return settings_of(layer.from_config({**kept, **compared}))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ValueError(f"{layer.__name__} cannot have its options: {error}") from None


def unfit(
    layer: type[keras.layers.Layer], options: Options, numbers: int | None = None
) -> Iterator[str]:
    """What is wrong with options that a file gives, before a layer is made with them.

    Of what every layer of Keras takes only ``dtype`` may be given: from some of the rest Keras
    would build objects.

    Args:
        numbers: that the file holds; options that say sizes cannot ask for many more.
    """
    own = accepted(layer) - accepted(keras.layers.Layer) - _PLACE
    for name, value in options.items():
        shown = printable(repr(value), 80)
        if name not in own | {"dtype"}:
            yield f"option {name}: {shown} in the file; {layer.__name__} has none of that name"
        elif name == "dtype" and not isinstance(value, str):
            yield f"option dtype: {shown} in the file, which is no name of a dtype"
        elif numbers is not None and _asks_for_more(name, value, max(numbers, _FEW)):
            yield f"option {name}: {shown} in the file, which holds {numbers:,} numbers"


def _asks_for_more(name: str, value: object, numbers: int) -> bool:
    """Whether an option that says a size, or a form that says several, asks for more numbers."""
    if name == "form" and isinstance(value, dict):
        sizes = [size for size in value.values() if isinstance(size, int)]
        return max(sizes, default=0) > numbers or _numbers(value) > numbers
    return name in ("rank", "length", "hidden") and isinstance(value, int) and value > numbers


def _numbers(form: Mapping[str, Any]) -> int:
    """How many numbers a folded sublayer of this form has; 0 if it is none."""
    try:
        return sum(map(math.prod, Form.from_json(form).shapes(None).values()))
    except (TypeError, ValueError, KeyError, AttributeError):
        return 0
