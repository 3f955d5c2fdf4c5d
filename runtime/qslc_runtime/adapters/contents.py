"""Contents of adapter files: weights, and the options that say what they mean."""

from __future__ import annotations

import inspect
import json
import math
from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import keras
from numpy.typing import NDArray

from qslc_runtime.adapters.attachments import Attachment
from qslc_runtime.adapters.fixed_weights import find_remade
from qslc_runtime.adapters.insertion import get_digest, list_own_arguments
from qslc_runtime.artifact import Artifact, ArtifactError
from qslc_runtime.folder import escape
from qslc_runtime.folding.folded import Form

Options = Mapping[str, Any]


@dataclass(frozen=True)
class Contents:
    """Contents of the file of an adapter.

    Args:
        record: What was inserted where (``Insertion.to_json``).
        weights: All weights by path, fixed ones too.
        resolve: Returns the settings, options that say what the weights mean, under some options.
        constants: Arrays by path that are made from a seed and are no weights.
        find_remade: Finds the paths of the weights of which a file needs a digest alone.
        find_spec: Finds what the layer was generated from.
        layers: Layers by path that may hold a calibration.
    """

    record: Mapping[str, Any]
    weights: Mapping[str, keras.Variable]
    resolve: Callable[[Options], Options]
    constants: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    find_remade: Callable[[], Set[str]] = frozenset
    find_spec: Callable[[], Mapping[str, Any] | None] = lambda: None
    layers: Mapping[str, Any] = field(default_factory=dict)

    @property
    def settings(self) -> Options:
        """The settings under the options of the record."""
        return self.resolve(self.record["options"])


def describe_contents(attachment: Attachment) -> Contents:
    """Return the contents of a model's sublayers: of those that folded ones stand for."""
    trained = attachment.trained
    insertion, layers = trained.insertion, trained.layers
    return Contents(
        record=insertion.to_json(),
        weights=trained.weights,
        resolve=partial(resolve_settings, next(iter(layers.values())), insertion.options),
        constants={
            f"{path}/{name}": values
            for path, layer in layers.items()
            for name, values in getattr(layer, "constants", {}).items()
        },
        find_remade=partial(find_remade, attachment.sites, layers, insertion, attachment.origins),
        find_spec=partial(_find_spec, insertion.layer),
        layers={path: layer for path, layer in layers.items() if hasattr(layer, "calibration")},
    )


def _find_spec(layer: type[keras.layers.Layer]) -> Mapping[str, Any] | None:
    """Return the spec in the folder of a generated class, or None if it is not there."""
    try:
        artifact = Artifact.read(Path(inspect.getfile(layer)).parent)
    except (ArtifactError, OSError, TypeError):
        return None
    return artifact.spec if artifact.digest == get_digest(layer) else None


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


def resolve_settings(sublayer: keras.layers.Layer, given: Options, options: Options) -> Options:
    """Return the settings that ``sublayer`` has, or would have had with other options.

    Args:
        given: The options that it was made with.
        options: Those to make it with instead.

    Raises:
        ValueError: It cannot be made with them.
    """
    if options == given:
        return _read_settings(sublayer)
    layer = type(sublayer)
    for difference in find_misfits(layer, options):
        raise ValueError(difference)
    compared, here = ({k: v for k, v in o.items() if k not in FREE} for o in (options, given))
    if compared == here:
        return _read_settings(sublayer)
    kept = {key: value for key, value in sublayer.get_config().items() if key not in given}
    try:
        return _read_settings(layer.from_config({**kept, **compared}))
    except (TypeError, ValueError, KeyError, AttributeError) as error:
        raise ValueError(f"{layer.__name__} cannot have its options: {error}") from None


def _read_settings(sublayer: keras.layers.Layer) -> dict[str, Any]:
    """Return the options that must be the same, as plain JSON, with defaults filled in."""
    config = {**sublayer.get_config(), **getattr(sublayer, "resolved_options", {})}
    chosen = {key: value for key, value in config.items() if key not in FREE}
    settings: dict[str, Any] = json.loads(json.dumps(chosen, default=str))
    return settings


def find_misfits(
    layer: type[keras.layers.Layer], options: Options, numbers: int | None = None
) -> Iterator[str]:
    """Yield what is wrong with options that a file gives, before a layer is made with them.

    Of what every layer of Keras takes only ``dtype`` and flags may be given: from some of the rest
    Keras would build objects.

    Args:
        numbers: How many numbers the file holds; options that state sizes cannot ask for many more.
    """
    own = list_own_arguments(layer) - _PLACE
    for name, value in options.items():
        shown = escape(repr(value), 80)
        flag = isinstance(value, bool) and name in ("trainable", "autocast")
        if not (flag or name in own | {"dtype"}):
            yield f"option {name}: {shown} in the file; {layer.__name__} has none of that name"
        elif name == "dtype" and not isinstance(value, str):
            yield f"option dtype: {shown} in the file, which is no name of a dtype"
        elif numbers is not None and _asks_for_more(name, value, max(numbers, _FEW)):
            yield f"option {name}: {shown} in the file, which holds {numbers:,} numbers"


def _asks_for_more(name: str, value: object, numbers: int) -> bool:
    """Return whether an option or form that states sizes asks for more numbers."""
    if name == "form" and isinstance(value, dict):
        sizes = [size for size in value.values() if isinstance(size, int)]
        return max(sizes, default=0) > numbers or _count_numbers(value) > numbers
    return name in ("rank", "length", "hidden") and isinstance(value, int) and value > numbers


def _count_numbers(form: Mapping[str, Any]) -> int:
    """Return how many numbers a folded sublayer of this form has; 0 if it is none."""
    try:
        return sum(map(math.prod, Form.from_json(form).list_shapes(None).values()))
    except (TypeError, ValueError, KeyError, AttributeError):
        return 0
