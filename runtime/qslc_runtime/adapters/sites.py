"""The places in a model that can hold a trained layer, and the projection that holds one."""

from __future__ import annotations

import math
import warnings
from abc import ABC, abstractmethod
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
        attention: Attention layer of the block.
    """

    block: int
    block_name: str
    target: str
    attention: Any

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
    def clear(self) -> None:
        """Undo ``put``."""

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
    """One projection of one block: the attribute of an attention layer that holds it."""

    attribute: str
    width: int

    @property
    def projection(self) -> keras.layers.Layer:
        """The projection: after ``put`` an ``AdaptedProjection``, which has it as its ``base``."""
        return getattr(self.attention, self.attribute)

    def make(self, insertion: Insertion) -> keras.layers.Layer:
        shape = (None, None, self.width)
        units = math.prod(self.projection.compute_output_shape(shape)[2:])
        sublayer = self._make(insertion, self.projection.compute_dtype, shape, units=units)
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
        base = getattr(self.projection, "base", self.projection)
        rows = np.eye(self.width, dtype=np.float32)[None]
        if isinstance(base, keras.layers.EinsumDense) and not base.quantization_mode:
            stored = ops.convert_to_numpy(ops.cast(base.kernel, "float32"))
            kernel = np.einsum(base.equation, rows, stored, optimize=True)
        else:
            moved, resting = (ops.cast(base(x), "float32") for x in (rows, np.zeros_like(rows)))
            kernel = ops.convert_to_numpy(moved - resting)
        return np.ascontiguousarray(kernel.reshape(self.width, -1), np.float32)

    def put(self, sublayer: keras.layers.Layer, switch: Switch) -> None:
        self._replace(AdaptedProjection(self.projection, sublayer, switch))

    def clear(self) -> None:
        self._replace(self.projection.base)

    def _replace(self, projection: keras.layers.Layer) -> None:
        """Make ``projection`` the one that the attention layer calls, tracks and saves.

        The old one gives up its place in the list of tracked layers, so that the order of the
        model's weights stays as it was; a built layer allows this, where adding one is locked.
        """
        self.attention._tracker.replace_tracked_value("layers", self.projection, projection)
        setattr(self.attention, self.attribute, projection)


@dataclass(frozen=True)
class AttentionSite(Site):
    """The attention of one block, which can hold a prefix."""

    heads: int
    width: int

    def make(self, insertion: Insertion) -> keras.layers.Layer:
        dtype = self.attention.compute_dtype
        return self._make(insertion, dtype, None, heads=self.heads, width=self.width)

    def put(self, sublayer: keras.layers.Layer, switch: Switch) -> None:
        self.attention.switch = switch
        mix_into(self.attention, PrefixedAttention)
        self.attention._tracker.unlock()
        self.attention.sublayer = sublayer
        self.attention._tracker.lock()

    def clear(self) -> None:
        self.attention._tracker.untrack(self.attention.sublayer)
        self.attention.__class__ = self.attention.plain
        del self.attention.sublayer, self.attention.switch


def derive_seed(seed: int, block: int, target: str) -> int:
    """Derive a seed below 2**31 from the place alone, not from what else is adapted."""
    place = (seed, block, *target.encode())
    return int(np.random.SeedSequence(place).generate_state(1)[0] >> 1)


class AdaptedProjection(keras.layers.Layer):
    """``y = base(x) + reshape(sublayer(x))``.

    ``base`` maps ``(..., d)`` to ``(..., heads, head_dim)``, the sublayer ``(..., d)`` to
    ``(..., heads * head_dim)``. While the switch is off the output is that of ``base``, bit for
    bit, and the sublayer is not run; in a graph, this last holds for a ``pure`` sublayer, whose
    calls have no effect but their output. What other layers do in a call (losses, moving averages,
    seeds) must stay outside of a conditional branch.
    """

    def __init__(
        self, base: keras.layers.Layer, sublayer: keras.layers.Layer, switch: Switch
    ) -> None:
        super().__init__(name=base.name, dtype=base.compute_dtype)
        self.base = base
        self.sublayer = sublayer
        self.switch = switch
        self.built = True

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
            return projected + ops.reshape(self.sublayer(x), ops.shape(projected))

        if getattr(self.sublayer, "pure", False):
            return self.switch.branch(self.sublayer, adapted, lambda: projected)
        return self.switch.select(self.sublayer, adapted, projected)

    def compute_output_shape(self, input_shape: tuple[int | None, ...]) -> Any:
        return self.base.compute_output_shape(input_shape)
