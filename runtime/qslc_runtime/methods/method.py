"""Base classes of methods of fine-tuning: the method, and the layer beside a projection."""

from __future__ import annotations

import inspect
import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, ClassVar

import keras
from keras import ops

from qslc_runtime.adapters import Adapter
from qslc_runtime.adapters.adapted import find_adapted
from qslc_runtime.adapters.attachments import DEFAULT
from qslc_runtime.adapters.insert import put_beside
from qslc_runtime.adapters.insertion import read_arguments, suggest
from qslc_runtime.adapters.layout import Blocks, Targets, check_targets


class _MethodType(type):
    """Suggest the right name where an argument's name is unknown."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        names = inspect.signature(cls.__init__).parameters.keys() - {"self"}
        for name in kwargs:
            if name not in names:
                meant = suggest(name, names, "it takes " + (", ".join(sorted(names)) or "none"))
                raise TypeError(f"{cls.__name__} has no argument {name!r}; {meant}")
        return super().__call__(*args, **kwargs)


class Method(metaclass=_MethodType):
    """A method of fine-tuning, as ``attach`` takes it.

    To add one, write a frozen dataclass of its options that extends this class and sets
    ``layer_type``, or defines ``sublayer``; override ``attach`` instead where no layer stands
    beside a projection.

    Attributes:
        layer_type: Class of the layer that stands beside each projection, made with the options.
        beside_attention: Whether one layer stands beside the attention of each block instead,
            whatever the targets.

    Example:
        >>> from qslc_runtime import methods
        >>> methods.Lora(rank=2)
        Lora(rank=2, alpha=None)
        >>> adapter = methods.attach(model, methods.Lora(rank=2), targets=("query",))
    """

    layer_type: ClassVar[type[keras.layers.Layer] | None] = None
    beside_attention: ClassVar[bool] = False

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        """Return the layer that stands beside each projection, and its options.

        Args:
            seed: Random seed of the whole model.
        """
        del seed
        if self.layer_type is None:
            raise NotImplementedError(f"{type(self).__name__} defines neither sublayer nor attach")
        return self.layer_type, asdict(self)  # type: ignore[call-overload]

    def attach(
        self,
        model: keras.Model,
        targets: Targets,
        blocks: Blocks,
        seed: int,
        name: str = DEFAULT,
    ) -> Adapter:
        """Put the method into a model; ``qslc_runtime.methods.attach`` describes the arguments."""
        names = check_targets(find_adapted(model).family, targets)
        places = ("attention",) if self.beside_attention else names
        layer, options = self.sublayer(seed)
        return put_beside(model, layer, places, blocks, seed, options, name)


class SideLayer(keras.layers.Layer):
    """A layer ``(..., d)`` to ``(..., units)``: float32 inside, its compute dtype outside.

    A subclass makes its weights in ``build`` and defines ``update``. Its configuration has every
    argument of the constructor, read from the attribute of that name.

    Args:
        units: Width of the projection beside it.
        seed: Random seed of the initial values, which are the same on every backend.
    """

    pure: ClassVar[bool] = True
    linear: ClassVar[bool] = False
    """Whether ``update`` is linear: its matrix can be added to a kernel."""

    def __init__(self, units: int, *, seed: int = 0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.seed = seed
        self.autocast = False
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        return ops.cast(self.update(ops.cast(inputs, "float32")), self.compute_dtype)

    def update(self, x: Any) -> Any:
        """Return what is added to the projection, (..., units), of ``x`` (..., d), float32 both."""
        raise NotImplementedError(f"{type(self).__name__} defines neither update nor call")

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> tuple[int | None, ...]:
        return (*input_shape[:-1], self.units)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), **read_arguments(self, type(self))}


def check_positive(name: str, value: object) -> None:
    """Raise a ValueError unless ``value`` is a positive whole number."""
    if type(value) is not int or value < 1:
        raise ValueError(f"{name} is a positive whole number; got {value!r}")


def check_finite(name: str, value: object) -> None:
    """Raise a ValueError unless ``value`` is a finite number."""
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not (number and math.isfinite(value)):  # type: ignore[arg-type]
        raise ValueError(f"{name} is a finite number; got {value!r}")
