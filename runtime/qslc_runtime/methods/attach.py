"""Put any method of fine-tuning into a model."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from typing import Literal

import keras

from qslc_runtime.adapters import Adapter
from qslc_runtime.methods.method import Method
from qslc_runtime.methods.sublayer import Sublayer


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
    optimizer. The same seed gives the same initial weights.

    Args:
        model: A KerasHub task model or backbone of a supported family, as for
            ``qslc_runtime.insert``.
        method: An instance of a method. A generated layer or its folder stands for ``Sublayer``
            of it.
        targets: Projections among "query", "key" and "value"; ``Full`` and ``Prefix`` do not
            read them.
        blocks: Numbers of transformer blocks, from 0; ``Full`` does not read them.
        seed: Non-negative random seed; the seed of each place follows from it.

    Raises:
        ValueError: The model is of no supported family or holds an adapter already; a target or
            block does not exist; the method does not fit the model; the model was made in the scope
            of another TensorFlow strategy.
        TypeError: ``method`` is none.
    """
    return _as_method(method).attach(model, targets, blocks, seed)


def _as_method(method: object) -> Method:
    if isinstance(method, Method):
        return method
    if isinstance(method, type) and issubclass(method, Method):
        name = method.__name__
        raise TypeError(f"{name} is a class: give attach an instance, {name}(...)")
    if isinstance(method, str | os.PathLike | type | keras.layers.Layer):
        return Sublayer(method)  # type: ignore[arg-type]
    names = ", ".join(sorted(kind.__name__ for kind in _kinds(Method)))
    raise TypeError(f"a method is one of {names} of qslc_runtime.methods; got {method!r}")


def _kinds(base: type[Method]) -> Iterator[type[Method]]:
    for kind in base.__subclasses__():
        yield kind
        yield from _kinds(kind)
