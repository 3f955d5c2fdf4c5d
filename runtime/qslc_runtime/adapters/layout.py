"""Find the projections of a model family, and those that a user asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any, Literal, TypeAlias

import keras

from qslc_runtime.adapters.insertion import suggest
from qslc_runtime.adapters.sites import AttentionSite, ProjectionSite, Site, unwrap
from qslc_runtime.families import Family

Targets: TypeAlias = str | Sequence[str]
"""Projections that a user asks for."""

Blocks: TypeAlias = Literal["all"] | Sequence[int]
"""Numbers of blocks that a user asks for."""


def check_targets(family: Family, names: Targets) -> tuple[str, ...]:
    """Check names of projections, and return them once each in the order of the family.

    Raises:
        ValueError: There is none, or one that no projection has.
    """
    known = family.projections
    if not isinstance(names, Iterable):
        raise ValueError(f"targets are {_list_names(known)}; got {names!r}")
    asked = (names,) if isinstance(names, str) else tuple(names)
    for name in asked:
        if name not in known:
            raise ValueError(_explain_unknown(family, name))
    if not asked:
        raise ValueError(f"no targets given; they are {_list_names(known)}")
    return tuple(name for name in known if name in asked)


def check_blocks(
    family: Family, backbone: keras.Model, blocks: Blocks, targets: Sequence[str]
) -> tuple[int, ...]:
    """Check and sort the block numbers; "all" are those that have one of the targets.

    Raises:
        ValueError: There is none, one occurs twice, or one is not a block of the model.
    """
    layers = list_blocks(family, backbone)
    if isinstance(blocks, str) or not isinstance(blocks, Iterable):
        if blocks != "all":
            raise ValueError(f"blocks must be 'all' or a list of integers; got {blocks!r}")
        return tuple(
            i for i, layer in enumerate(layers) if any(_has(family, layer, t) for t in targets)
        )
    numbers = tuple(blocks)
    for number in numbers:
        if type(number) is not int:
            raise ValueError(f"a block is an integer; got {number!r}")
        if not 0 <= number < len(layers):
            raise ValueError(
                f"block {number} is not in the model, whose blocks are 0 to {len(layers) - 1}"
            )
    if not numbers or len(set(numbers)) < len(numbers):
        raise ValueError(f"blocks must name each block once; got {list(numbers)}")
    return tuple(sorted(numbers))


def find_sites(
    family: Family, backbone: keras.Model, targets: Sequence[str], blocks: Sequence[int]
) -> tuple[Site, ...]:
    """Return every target in every block, block by block; "attention" is a target as well.

    A block may lack a projection: it takes the keys or values of another.

    Raises:
        ValueError: No block has a target, or a block has none.
    """
    layers = list_blocks(family, backbone)
    places = [(b, t) for b in blocks for t in targets if _has(family, layers[b], t)]
    for target in targets:
        if all(target != t for _, t in places):
            raise ValueError(f"no block has a projection {target!r} of its own")
    for block in blocks:
        if all(block != b for b, _ in places):
            listed = " or ".join(map(repr, targets))
            raise ValueError(f"block {block} has no projection {listed}: leave it out")
    return tuple(_make_site(family, layers[block], block, target) for block, target in places)


def list_blocks(family: Family, backbone: keras.Model) -> Sequence[keras.layers.Layer]:
    """Return the blocks of a backbone, by number."""
    layers: Sequence[keras.layers.Layer] = attrgetter(family.blocks)(backbone)
    return layers


def _explain_unknown(family: Family, name: object) -> str:
    known = family.projections
    if name in family.refusals:
        why = family.refusals[str(name)]
        return f"{family.name} has no target {name!r}: {why}; it has {_list_names(known, 'and')}"
    return f"unknown target {name!r}; {suggest(name, known, f'it is {_list_names(known)}')}"


def _has(family: Family, block: keras.layers.Layer, target: str) -> bool:
    path = family.attention if target == "attention" else family.projections[target]
    return _find(block, path) is not None


def _find(block: keras.layers.Layer, path: str | None) -> Any:
    """Return the layer at a path of attributes; None if the block has none there."""
    found: Any = block
    for name in path.split(".") if path else ():
        found = getattr(found, name, None)
    return found


def _make_site(family: Family, layer: keras.layers.Layer, block: int, target: str) -> Site:
    if target == "attention":
        return _make_attention_site(family, layer, block)
    holder, _, attribute = family.projections[target].rpartition(".")
    owner = _find(layer, holder)
    projection = getattr(owner, attribute)
    if not isinstance(projection, keras.layers.Layer):
        kind = type(projection).__name__
        raise ValueError(f"{family.name}'s target {target!r} is a {kind}, and not a Keras layer")
    shape = _find_shape(projection)
    return ProjectionSite(block, layer.name, target, owner, attribute, shape)


def _make_attention_site(family: Family, layer: keras.layers.Layer, block: int) -> Site:
    attention = _find(layer, family.attention)
    if not (family.prefix and family.key):
        raise ValueError(
            f"{type(attention).__name__} takes no prefix; attach a method that stands beside "
            "projections, such as Lora()"
        )
    key = _find(attention, family.key)
    heads, width = key.compute_output_shape((None, None, *_find_shape(key)))[2:]
    return AttentionSite(block, layer.name, "attention", attention, heads, width)


def _find_shape(projection: keras.layers.Layer) -> tuple[int, ...]:
    """Return the shape of what a projection takes for a token: (d,), or (heads, head width)."""
    config = unwrap(projection).get_build_config() or {}
    if "input_shape" not in config:
        raise ValueError(f"{projection.name} is not built yet: call the model once")
    return tuple(config["input_shape"][2:])


def _list_names(names: Mapping[str, str], word: str = "or") -> str:
    *first, last = map(repr, names)
    return f"{', '.join(first)} {word} {last}" if first else last
