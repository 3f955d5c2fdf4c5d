"""Find the attention projections of a model family, and those that a user asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, TypeAlias

import keras

from qslc_runtime.adapters.insertion import suggest
from qslc_runtime.adapters.sites import AttentionSite, ProjectionSite, Site
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
            hint = suggest(name, known, f"it is {_list_names(known)}")
            raise ValueError(f"unknown target {name!r}; {hint}")
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
    layers: Sequence[keras.layers.Layer] = getattr(backbone, family.blocks)
    return layers


def _has(family: Family, layer: keras.layers.Layer, target: str) -> bool:
    attention = getattr(layer, family.attention, None)
    return getattr(attention, family.projections.get(target, "name"), None) is not None


def _make_site(family: Family, layer: keras.layers.Layer, block: int, target: str) -> Site:
    attention = getattr(layer, family.attention)
    if target != "attention":
        attribute = family.projections[target]
        width = _find_width(getattr(attention, attribute))
        return ProjectionSite(block, layer.name, target, attention, attribute, width)
    if not family.prefix:
        raise ValueError(
            f"{type(attention).__name__} takes no prefix; attach a method that stands beside "
            "projections, such as Lora()"
        )
    key = getattr(attention, family.key)
    heads, width = key.compute_output_shape((None, None, _find_width(key)))[2:]
    return AttentionSite(block, layer.name, target, attention, heads, width)


def _find_width(projection: keras.layers.Layer) -> int:
    """Return the width of the hidden states that a projection was built for."""
    config = projection.get_build_config() or {}
    if "input_shape" not in config:
        raise ValueError(f"{projection.name} is not built yet: call the model once")
    width: int = config["input_shape"][-1]
    return width


def _list_names(names: Mapping[str, str]) -> str:
    *first, last = map(repr, names)
    return f"{', '.join(first)} or {last}"
