"""Merge adapters: folded ones into one, linear ones into the weights of the base model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from qslc_runtime.adapters.active import Held, choose_factors
from qslc_runtime.adapters.adapted import find_adapted
from qslc_runtime.adapters.adapter import Adapter
from qslc_runtime.adapters.attach import attach, check_free
from qslc_runtime.adapters.attachments import Attachment, Sublayers, find_attachments
from qslc_runtime.adapters.exchange import fold_sublayers
from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.folding import FoldedSublayer
from qslc_runtime.folding.merge import Merged, merge_folded
from qslc_runtime.modules import find_module_functions


def merge(
    model: keras.Model,
    names: Sequence[str],
    weights: Mapping[str, float] | None = None,
    *,
    name: str,
) -> Adapter:
    """Put one folded adapter into a model that adds what several add together.

    Its squares are those of all. It acts alone afterwards; the others rest, and may be removed.

    Args:
        model: The model that holds them.
        names: Names of adapters beside the same projections whose sublayers are folded, or can be.
        weights: Factors on what each adds; 1 where none is given.
        name: Name of the new adapter.

    Example:
        >>> for name in ("tone", "facts"):
        ...     adapter = qslc_runtime.insert(model, "build/my_layer", name=name)
        >>> both = qslc_runtime.merge(model, ["tone", "facts"], {"facts": 0.5}, name="both")
        >>> qslc_runtime.get_active(model)
        {'both': 1.0}

    Raises:
        ValueError: There is no adapter of a name; one cannot be folded; they stand beside different
            projections or encode a hidden state differently.
    """
    functions = find_module_functions(model)
    if functions:
        merged_module: Adapter = functions.merge(model, names, weights, name=name)
        return merged_module
    attachments = find_attachments(model)
    held = attachments.adapters if attachments else {}
    factors = choose_factors(held, names, weights)
    check_free(model, name)
    merged = merge_sublayers(held, factors)
    attach(model, find_adapted(model), merged.insertion, name)
    adapter = Adapter(model, name)
    merged.fill(adapter.sublayers)
    return adapter


@dataclass(frozen=True)
class MergedSublayers:
    """Folded sublayers that add what several add: what they are inserted as, and their weights."""

    insertion: Insertion
    layers: Mapping[str, Merged]

    def fill(self, layers: Mapping[str, Any]) -> None:
        """Give layers of this insertion, by path, their weights."""
        for path, layer in layers.items():
            for weight, values in self.layers[path].weights.items():
                getattr(layer, weight).assign(values)


def merge_sublayers(held: Mapping[str, Mergeable], factors: Mapping[str, float]) -> MergedSublayers:
    """Merge the sublayers of adapters at each place.

    Args:
        held: Adapters of a model by name.
        factors: Factors by name of those that are merged.

    Raises:
        ValueError: There is none; they cannot be folded, stand beside different projections or
            encode a hidden state differently.
    """
    if not factors:
        raise ValueError("no adapters are named")
    chosen = {name: held[name] for name in factors}
    layers = _merge(chosen, factors)
    inserted = next(iter(chosen.values())).standing.insertion
    form = next(iter(layers.values())).form
    dtype = {key: value for key, value in inserted.options.items() if key == "dtype"}
    options = {"form": form.to_json(), **dtype}
    insertion = Insertion(FoldedSublayer, inserted.targets, inserted.blocks, 0, options)
    return MergedSublayers(insertion, layers)


class Mergeable(Held, Protocol):
    """An adapter of a model, and its places."""

    @property
    def sites(self) -> Sequence[Any]:
        """The places of the layers, each with its ``path``."""


def _merge(held: Mapping[str, Mergeable], factors: Mapping[str, float]) -> dict[str, Merged]:
    """Merge the sublayers at each place, by its path."""
    places = {name: {site.path for site in each.sites} for name, each in held.items()}
    first, *others = places
    for name in others:
        if places[name] != places[first]:
            path = min(places[name] ^ places[first])
            raise ValueError(
                f"{first!r} and {name!r} stand beside different projections ({path} is one of them "
                "only); set_active lets them act together"
            )
    folded = [_fold(each) for each in held.values()]
    try:
        return {
            path: merge_folded([each.layers[path] for each in folded], [*factors.values()])
            for path in sorted(places[first])
        }
    except ValueError as error:
        listed = ", ".join(map(repr, held))
        raise ValueError(f"{listed} cannot be merged: {error}; set_active sums them") from None


def _fold(attachment: Held) -> Sublayers:
    """Return folded sublayers: those that stand there, or new ones."""
    standing = attachment.standing
    return standing if standing.insertion.layer is FoldedSublayer else fold_sublayers(standing)


def add_to_kernels(attachment: Attachment) -> None:
    """Add linear sublayers, as they act now, to the kernels beside them.

    Raises:
        ValueError: They do not act, or one is not linear; or a kernel is quantized, or there is
            none. Nothing is changed.
    """
    if not attachment.weight:
        raise ValueError("the adapter does not act, and would change nothing: set_active it first")
    changes = []
    for site in attachment.sites:
        layer = attachment.standing.layers[site.path]
        if not getattr(layer, "linear", False):
            raise ValueError(
                f"{type(layer).__name__} is not linear in the hidden state, and no kernel can take "
                "it: circuits are quadratic in what they encode (merge joins folded ones)"
            )
        matrix = attachment.weight * compute_matrix(layer, site.width)
        changes.append((site.base, shape_as_kernel(site.base, matrix, site.shape)))
    for base, change in changes:
        base._kernel.assign(ops.cast(base._kernel, "float32") + change)


def compute_matrix(layer: Any, width: int) -> NDArray[np.float32]:
    """Return the matrix (width, units) of a linear sublayer."""
    return np.asarray(ops.convert_to_numpy(layer.update(ops.eye(width))))


def shape_as_kernel(
    base: keras.layers.Layer, matrix: NDArray[np.float32], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return a matrix (d, units) in the axes of a projection's kernel.

    Args:
        base: The projection.
        matrix: What is to be added to it.
        shape: Shape of what it takes for a token.
    """
    if not isinstance(base, keras.layers.Dense | keras.layers.EinsumDense):
        raise ValueError(f"{base.name} is a {type(base).__name__}, whose kernel is not known")
    if base.quantization_mode:
        raise ValueError(f"the kernel of {base.name} is quantized ({base.quantization_mode})")
    if isinstance(base, keras.layers.Dense):
        return matrix
    inputs, kernel, outputs = base.equation.replace("->", ",").split(",")
    before, after = inputs[-len(shape) :], [axis for axis in outputs if axis not in inputs]
    units = base.compute_output_shape((None, None, *shape))[-len(after) :]
    return np.einsum(f"{before}{''.join(after)}->{kernel}", matrix.reshape(*shape, *units))
