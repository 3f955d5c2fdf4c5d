"""What of an adapter concerns a file, and what of it can be made again."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import keras
from numpy.typing import NDArray

from qslc_runtime.artifact import Artifact, ArtifactError
from qslc_runtime.insertion.attach import Attachment
from qslc_runtime.insertion.origins import made_again
from qslc_runtime.insertion.settings import settings_after, settings_of


@dataclass(frozen=True)
class Contents:
    """What of an adapter concerns a file.

    Args:
        record: what was inserted where (``Insertion.to_json``).
        weights: all weights by path, fixed ones too.
        settings: the options that say what the weights mean (``settings.settings_of``).
        settings_after: the settings that other options would give.
        constants: arrays by path that are made from a seed and are no weights.
        made_again: finds the paths of the weights of which a file needs a digest alone.
        spec: finds what the layer was generated from.
    """

    record: Mapping[str, Any]
    weights: Mapping[str, keras.Variable]
    settings: Mapping[str, Any]
    settings_after: Callable[[Mapping[str, Any]], Mapping[str, Any]]
    constants: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    made_again: Callable[[], Set[str]] = frozenset
    spec: Callable[[], Mapping[str, Any] | None] = lambda: None


def contents_of(attachment: Attachment) -> Contents:
    """The contents of the sublayers of a model: of those that folded ones stand for."""
    trained = attachment.trained
    insertion, sublayers = trained.insertion, trained.sublayers
    first = next(iter(sublayers.values()))
    return Contents(
        record=insertion.to_json(),
        weights={
            f"{path}/{weight.name}": weight
            for path, sublayer in sublayers.items()
            for weight in sublayer.weights
        },
        settings=settings_of(first),
        settings_after=partial(settings_after, first, insertion.options),
        constants={
            f"{path}/{name}": values
            for path, sublayer in sublayers.items()
            for name, values in getattr(sublayer, "constants", {}).items()
        },
        made_again=partial(_made_again, attachment),
        spec=partial(_spec, insertion.layer),
    )


def _made_again(attachment: Attachment) -> frozenset[str]:
    """Paths of the weights of all sublayers that need not be stored."""
    trained = attachment.trained
    return frozenset(
        f"{site.path}/{name}"
        for site in attachment.sites
        for name in made_again(
            site, trained.sublayers[site.path], trained.insertion, attachment.origins
        )
    )


def _spec(layer: type[keras.layers.Layer]) -> Mapping[str, Any] | None:
    """The spec in the folder of a generated class; None if there is none, or another one."""
    try:
        artifact = Artifact.read(Path(inspect.getfile(layer)).parent)
    except (ArtifactError, OSError, TypeError):
        return None
    return artifact.spec if artifact.digest == getattr(layer, "DIGEST", None) else None
