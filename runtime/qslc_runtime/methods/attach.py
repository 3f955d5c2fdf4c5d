"""Put any method of fine-tuning into a model; a generated layer is one."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import keras

from qslc_runtime.adapters import Adapter
from qslc_runtime.adapters.attachments import DEFAULT
from qslc_runtime.adapters.insertion import check_options, resolve_layer
from qslc_runtime.adapters.layout import Blocks, Targets
from qslc_runtime.methods.method import Method


@dataclass(frozen=True)
class Sublayer(Method):
    """``y = base(x) + sublayer(x)``, as ``qslc_runtime.insert``.

    Groups: "angles", "up", "core", "gain", "output_gain" and "down", as the layer has them.

    Controls: ``options={"trainable_angles": False}`` freezes the circuit; a layer compiled from a
    spec with ``entangler: none`` has no entanglement.

    Args:
        layer: Class that ``qslc_runtime.load`` returned, or its folder.
        options: Arguments of the layer (``up_projection``, ``engine``, ...), plain JSON.

    Raises:
        TypeError: ``layer`` is neither, or does not take an option.
        FileNotFoundError, ImportError: There is no generated layer in the folder.

    Example:
        >>> from qslc_runtime.methods import Sublayer, attach
        >>> adapter = attach(model, Sublayer("build/my_layer", {"trainable_angles": False}))
        >>> adapter.groups.keys()
        dict_keys(['up'])
    """

    layer: type[keras.layers.Layer] | str | os.PathLike[str]
    options: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        layer = resolve_layer(self.layer)
        object.__setattr__(self, "layer", layer)
        check_options(layer, self.options)

    def sublayer(self, seed: int) -> tuple[type[keras.layers.Layer], Mapping[str, Any]]:
        del seed
        return resolve_layer(self.layer), self.options


def attach(
    model: keras.Model,
    method: Method | type[keras.layers.Layer] | str | os.PathLike[str],
    *,
    targets: Targets = ("query", "value"),
    blocks: Blocks = "all",
    seed: int = 0,
    name: str = DEFAULT,
) -> Adapter:
    """Put a method into a model, in place, and freeze what the method does not train.

    Compiled functions and a built optimizer are renewed; ``compile`` as usual to change the
    optimizer. The same seed gives the same initial weights.

    Args:
        model: A KerasHub task model or backbone of a supported family, as for
            ``qslc_runtime.insert``.
        method: An instance of a method. A generated layer or its folder stands for ``Sublayer``
            of it.
        targets: Projections, as for ``qslc_runtime.insert``; ``Full`` and ``Prefix`` do not read
            them.
        blocks: Numbers of transformer blocks, from 0; ``Full`` does not read them.
        seed: Non-negative random seed; the seed of each place follows from it.
        name: Name of the adapter in this model, as for ``insert``. ``Full`` and ``KerasLora`` have
            none.

    Raises:
        ValueError: The model is of no supported family, or holds an adapter of this name; a target
            or block does not exist; the method does not fit the model; the model was made in the
            scope of another TensorFlow strategy.
        TypeError: ``method`` is none.
    """
    named = {} if name == DEFAULT else {"name": name}  # methods of others may know no names
    return _to_method(method).attach(model, targets, blocks, seed, **named)


def _to_method(method: object) -> Method:
    if isinstance(method, Method):
        return method
    if isinstance(method, type) and issubclass(method, Method):
        name = method.__name__
        raise TypeError(f"{name} is a class: give attach an instance, {name}(...)")
    if isinstance(method, str | os.PathLike | type | keras.layers.Layer):
        return Sublayer(method)  # type: ignore[arg-type]
    names = ", ".join(sorted(kind.__name__ for kind in _list_methods(Method)))
    raise TypeError(f"a method is one of {names} of qslc_runtime.methods; got {method!r}")


def _list_methods(base: type[Method]) -> Iterator[type[Method]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _list_methods(kind)
