"""One call that puts any method into a model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Literal, get_args

import keras

from qslc_runtime.insertion import Adapter
from qslc_runtime.insertion.attach import attach as put_in
from qslc_runtime.insertion.attach import backbone_of
from qslc_runtime.insertion.config import Insertion
from qslc_runtime.insertion.families import family_of
from qslc_runtime.methods.full import Full, attach_full
from qslc_runtime.methods.keras_lora import KerasLora, attach_keras_lora
from qslc_runtime.methods.lora import Lora
from qslc_runtime.methods.lora_xs import LoraXs
from qslc_runtime.methods.prefix import Prefix
from qslc_runtime.methods.quadratic import Quadratic
from qslc_runtime.methods.sublayer import Sublayer
from qslc_runtime.methods.vera import Vera

Method = Full | Lora | LoraXs | KerasLora | Prefix | Sublayer | Quadratic | Vera


def attach(
    model: keras.Model,
    method: Method | type[keras.layers.Layer] | str | os.PathLike[str],
    *,
    targets: str | Sequence[str] = ("query", "value"),
    blocks: Literal["all"] | Sequence[int] = "all",
    seed: int = 0,
) -> Adapter:
    """Put a method into a model, in place, and freeze what the method does not train.

    Compiled functions and a built optimizer are renewed; ``compile`` as usual to change the
    optimizer. The same seed gives the same start.

    Args:
        model: a KerasHub task model or backbone of a supported family, as for
            ``qslc_runtime.insert``.
        method: one of this package. A generated layer or its folder is ``Sublayer`` of it.
        targets: projections among "query", "key" and "value"; ``Full`` and ``Prefix`` do not
            read it.
        blocks: numbers of transformer blocks, from 0; ``Full`` does not read it.
        seed: non-negative; every place has its own, which follows from it.

    Raises:
        ValueError: the model is of no supported family or holds an adapter already; a target or
            block does not exist; the method does not fit the model; the model was made in the scope
            of another TensorFlow strategy.
        TypeError: ``method`` is none.
    """
    method = _method(method)
    family = family_of(model)
    if isinstance(method, Full):
        return attach_full(model)
    projections = family.layout.targets(targets)
    names = ("attention",) if isinstance(method, Prefix) else projections
    numbers = family.layout.block_numbers(backbone_of(model), blocks, names)
    if isinstance(method, KerasLora):
        sites = family.layout.sites(backbone_of(model), names, numbers)
        return attach_keras_lora(model, method, sites, seed)
    layer, options = method.sublayer(seed)
    put_in(model, family, Insertion(layer, names, numbers, seed, options))
    return Adapter(model)


def _method(method: object) -> Method:
    if isinstance(method, get_args(Method)):
        return method  # type: ignore[return-value]
    if method in get_args(Method):
        raise TypeError(
            f"{method.__name__} is a class: give attach an instance, {method.__name__}(...)"  # type: ignore[attr-defined]
        )
    if isinstance(method, str | os.PathLike | type | keras.layers.Layer):
        return Sublayer(method)  # type: ignore[arg-type]
    names = ", ".join(kind.__name__ for kind in get_args(Method))
    raise TypeError(f"a method is one of {names} of qslc_runtime.methods; got {method!r}")
