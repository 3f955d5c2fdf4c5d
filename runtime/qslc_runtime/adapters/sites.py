"""The places in a model that can hold a trained layer, and the projection that holds one."""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.adapters.model_state import mix_into
from qslc_runtime.adapters.prefix import PrefixedAttention
from qslc_runtime.adapters.switch import Switch
from qslc_runtime.folding import FoldedSublayer


@dataclass(frozen=True)
class Site(ABC):
    """A place for one trained layer.

    Args:
        block: Number of its block.
        block_name: Name of the block's layer.
        target: Name of the place in the block.
        owner: Layer that holds it: the block, or a layer inside.
    """

    block: int
    block_name: str
    target: str
    owner: Any

    @property
    def path(self) -> str:
        """Its name in messages and adapter files: "transformer_layer_0/query"."""
        return f"{self.block_name}/{self.target}"

    @abstractmethod
    def make(self, insertion: Insertion) -> keras.layers.Layer:
        """Make and build a layer for this place, which nothing holds yet."""

    def read_source(self, sublayer: keras.layers.Layer) -> NDArray[np.float32] | None:
        """Return what of the model fixed weights are made from; None for the seed alone."""
        del sublayer
        return None

    @abstractmethod
    def put(self, sublayer: keras.layers.Layer, switch: Switch) -> None:
        """Let the model call, track and save ``sublayer``."""

    @abstractmethod
    def exchange(self, sublayer: keras.layers.Layer, switch: Switch) -> None:
        """Let ``sublayer`` take the place of the one with this switch."""

    @abstractmethod
    def clear(self, switch: Switch) -> None:
        """Take the sublayer with this switch away."""

    def _make(self, insertion: Insertion, dtype: str, shape: Any, **sizes: int) -> Any:
        """Make and build a layer of the place's sizes for inputs of a shape."""
        seed = derive_seed(insertion.seed, self.block, self.target)
        options = {"dtype": dtype, **insertion.options}
        layer = insertion.layer(**sizes, seed=seed, name=self.target, **options)
        with keras.name_scope(self.block_name):
            layer.build(shape)
        return layer


@dataclass(frozen=True)
class ProjectionSite(Site):
    """One projection of one block.

    Args:
        attribute: Attribute of the owner that holds it.
        shape: Shape of what it takes for a token: (d,), or (heads, head width).
    """

    attribute: str
    shape: tuple[int, ...]

    @property
    def projection(self) -> keras.layers.Layer:
        """The layer that the owner calls; each ``put`` wraps it in an ``AdaptedProjection``."""
        return getattr(self.owner, self.attribute)

    @property
    def base(self) -> keras.layers.Layer:
        """The projection of the model."""
        return unwrap(self.projection)

    @property
    def width(self) -> int:
        """The number of inputs for a token."""
        return math.prod(self.shape)

    def make(self, insertion: Insertion) -> keras.layers.Layer:
        shape = (None, None, self.width)
        units = math.prod(self.base.compute_output_shape((None, None, *self.shape))[2:])
        sublayer = self._make(insertion, self.base.compute_dtype, shape, units=units)
        kernel = self.read_source(sublayer)
        if kernel is not None:
            sublayer.align(kernel)
        return sublayer

    def read_source(self, sublayer: keras.layers.Layer) -> NDArray[np.float32] | None:
        """Return the kernel (d, units), if the sublayer reads it.

        Where it is not stored as such, as in a quantized layer, it is what the projection does to
        unit vectors, which other machines round differently.
        """
        if getattr(sublayer, "basis", None) != "kernel":
            return None
        base = self.base
        rows = np.eye(self.width, dtype=np.float32).reshape(1, self.width, *self.shape)
        if isinstance(base, keras.layers.EinsumDense) and not base.quantization_mode:
            stored = ops.convert_to_numpy(ops.cast(base.kernel, "float32"))
            kernel = np.einsum(base.equation, rows, stored, optimize=True)
        else:
            activation = _take_activation(base)
            moved, resting = (ops.cast(base(x), "float32") for x in (rows, np.zeros_like(rows)))
            _give_activation(base, activation)
            kernel = ops.convert_to_numpy(moved - resting)
        return np.ascontiguousarray(kernel.reshape(self.width, -1), np.float32)

    def put(self, sublayer: keras.layers.Layer, switch: Switch) -> None:
        adapted = AdaptedProjection(self.projection, sublayer, switch, self.shape)
        _replace(self.owner, self.attribute, adapted)

    def exchange(self, sublayer: keras.layers.Layer, switch: Switch) -> None:
        holder, attribute = self._find(switch)
        _replace(getattr(holder, attribute), "sublayer", sublayer)

    def clear(self, switch: Switch) -> None:
        holder, attribute = self._find(switch)
        _replace(holder, attribute, getattr(holder, attribute).release())

    def _find(self, switch: Switch) -> tuple[Any, str]:
        """Return a layer, and which attribute of it holds the ``AdaptedProjection`` of a switch."""
        holder, attribute = self.owner, self.attribute
        while getattr(holder, attribute).switch is not switch:
            holder, attribute = getattr(holder, attribute), "base"
        return holder, attribute


def _replace(owner: Any, attribute: str, layer: keras.layers.Layer) -> None:
    """Make ``layer`` the one that its owner calls, tracks and saves under an attribute.

    The old one gives up its place in the list of tracked layers, so that the order of the model's
    weights stays as it was; a built layer allows this, where adding one is locked.
    """
    owner._tracker.replace_tracked_value("layers", getattr(owner, attribute), layer)
    setattr(owner, attribute, layer)


def unwrap(projection: Any) -> Any:
    """Return the projection inside of any number of ``AdaptedProjection``."""
    while isinstance(projection, AdaptedProjection):
        projection = projection.base
    return projection


@dataclass(frozen=True)
class AttentionSite(Site):
    """The attention of one block, its owner, which can hold a prefix."""

    heads: int
    width: int

    def make(self, insertion: Insertion) -> keras.layers.Layer:
        if isinstance(self.owner, PrefixedAttention):
            raise ValueError(f"{self.block_name} holds a prefix; remove() its adapter first")
        dtype = self.owner.compute_dtype
        return self._make(insertion, dtype, None, heads=self.heads, width=self.width)

    def put(self, sublayer: keras.layers.Layer, switch: Switch) -> None:
        self.owner.switch = switch
        mix_into(self.owner, PrefixedAttention)
        self.owner._tracker.unlock()
        self.owner.sublayer = sublayer
        self.owner._tracker.lock()

    def exchange(self, sublayer: keras.layers.Layer, switch: Switch) -> None:
        self.clear(switch)
        self.put(sublayer, switch)

    def clear(self, switch: Switch) -> None:
        del switch
        self.owner._tracker.untrack(self.owner.sublayer)
        self.owner.__class__ = self.owner.plain
        del self.owner.sublayer, self.owner.switch


def derive_seed(seed: int, block: int, target: str) -> int:
    """Derive a seed below 2**31 from the place alone, not from what else is adapted."""
    place = (seed, block, *target.encode())
    return int(np.random.SeedSequence(place).generate_state(1)[0] >> 1)


def _take_activation(projection: keras.layers.Layer) -> Callable[[Any], Any] | None:
    """Take the activation out of a projection that has one, and return it."""
    linear = keras.activations.linear
    if not isinstance(
        projection, keras.layers.Dense | keras.layers.EinsumDense | AdaptedProjection
    ):
        return None
    activation: Callable[[Any], Any] = projection.activation
    projection.activation = linear
    return None if activation is linear else activation


def _give_activation(projection: Any, activation: Callable[[Any], Any] | None) -> None:
    """Put back what ``_take_activation`` returned."""
    if activation is not None:
        projection.activation = activation


class AdaptedProjection(keras.layers.Layer):
    """``y = base(x) + weight * reshape(sublayer(flatten(x)))``.

    ``base`` maps ``(..., *shape)`` to the shape of its outputs, the sublayer as many numbers of one
    axis each. An activation inside ``base``, as MLPs may have it, is taken out, and applied to the
    sum. While the switch is off the output is that of ``base``, bit for bit, and the sublayer is
    not run; in a graph, this last holds for a ``pure`` sublayer, whose calls have no effect but
    their output. What other layers do in a call (losses, moving averages, seeds) must stay outside
    of a conditional branch.

    Args:
        base: The projection.
        sublayer: What is added.
        switch: By which factor it is.
        shape: Shape of what ``base`` takes for a token.
    """

    def __init__(
        self,
        base: keras.layers.Layer,
        sublayer: keras.layers.Layer,
        switch: Switch,
        shape: tuple[int, ...],
    ) -> None:
        super().__init__(name=base.name, dtype=base.compute_dtype)
        self.base = base
        self.sublayer = sublayer
        self.switch = switch
        self._shape = shape
        self.activation = _take_activation(base)
        self.built = True

    def release(self) -> keras.layers.Layer:
        """Return the projection as it was before."""
        _give_activation(self.base, self.activation)
        return self.base

    @property
    def variables(self) -> list[keras.Variable]:
        return [*super().variables, self.switch.variable]

    def call(self, x: Any, training: bool | None = None) -> Any:
        if training and isinstance(self.sublayer, FoldedSublayer):
            warnings.warn(
                "the sublayers are folded and do not train; to train them call unfold() of their "
                "adapter (qslc_runtime.get_adapter) first",
                stacklevel=2,
            )
        projected = self.base(x)

        def adapted() -> Any:
            added = self.switch.scale(self.sublayer(self._flatten(x)))
            return projected + ops.reshape(added, ops.shape(projected))

        if getattr(self.sublayer, "pure", False):
            result = self.switch.branch(self.sublayer, adapted, lambda: projected)
        else:
            result = self.switch.select(self.sublayer, adapted, projected)
        return result if self.activation is None else self.activation(result)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
        return self.base.compute_output_shape(input_shape)

    def _flatten(self, x: Any) -> Any:
        """Put the numbers of a token on one axis."""
        count = len(self._shape)
        if count == 1:
            return x
        return ops.reshape(x, (*ops.shape(x)[:-count], math.prod(self._shape)))
