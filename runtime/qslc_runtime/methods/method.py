"""The base class of the methods of fine-tuning, and checks of their arguments."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import keras

from qslc_runtime.adapters import Adapter
from qslc_runtime.adapters.attach import attach as insert_sublayers
from qslc_runtime.adapters.attach import backbone_of
from qslc_runtime.adapters.families import family_of
from qslc_runtime.adapters.insertion import Insertion, suggest


class _MethodType(type):
    """Suggest the right name where an argument's name is unknown."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        names = inspect.signature(cls.__init__).parameters.keys() - {"self"}
        for name in kwargs:
            if name not in names:
                meant = suggest(name, names) if names else "it takes none"
                raise TypeError(f"{cls.__name__} has no argument {name!r}; {meant}")
        return super().__call__(*args, **kwargs)


class Method(metaclass=_MethodType):
    """A method of fine-tuning, as ``attach`` takes it.

    To add one, write a frozen dataclass of its options that extends this class and defines
    ``sublayer``; override ``attach`` instead where no layer stands beside a projection.
    """

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        """Return the layer that stands beside each projection, and its options.

        Args:
            seed: Random seed of the whole model.
        """
        raise NotImplementedError(f"{type(self).__name__} defines neither sublayer nor attach")

    def places(self, targets: Sequence[str]) -> tuple[str, ...]:
        """Return what the layer stands beside in each block: the projections in ``targets``."""
        return tuple(targets)

    def attach(
        self,
        model: keras.Model,
        targets: str | Sequence[str],
        blocks: Literal["all"] | Sequence[int],
        seed: int,
    ) -> Adapter:
        """Put the method into a model; ``qslc_runtime.methods.attach`` describes the arguments."""
        family = family_of(model)
        places = self.places(family.layout.targets(targets))
        numbers = family.layout.block_numbers(backbone_of(model), blocks, places)
        layer, options = self.sublayer(seed)
        insert_sublayers(model, family, Insertion(layer, places, numbers, seed, options))
        return Adapter(model)


def check_positive(name: str, value: object) -> None:
    """Raise a ValueError unless ``value`` is a positive whole number."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{name} is a positive whole number; got {value!r}")


def check_finite(name: str, value: object) -> None:
    """Raise a ValueError unless ``value`` is a finite number."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and math.isfinite(value)):  # type: ignore[arg-type]
        raise ValueError(f"{name} is a finite number; got {value!r}")
