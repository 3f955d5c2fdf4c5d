"""Find the attention projections of a model family, and those that a user asked for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import keras

from qslc_runtime.adapters.sites import AttentionSite, ProjectionSite, Site


@dataclass(frozen=True)
class Layout:
    """The attributes under which a family keeps its projections.

    Args:
        attention: Attribute of a block that is its attention layer.
        projections: Attributes of an attention layer, by the name of the target.
        blocks: Attribute of a backbone that is the list of its blocks.
        prefix: Whether keys and values can be put before those of a sequence
            (``prefix.PrefixedAttention``).
    """

    attention: str
    projections: Mapping[str, str]
    blocks: str = "transformer_layers"
    prefix: bool = False

    def targets(self, names: str | Sequence[str]) -> tuple[str, ...]:
        """Check the names, and return them once each in the order of ``projections``.

        Raises:
            ValueError: There is none, or one that no projection has.
        """
        if not isinstance(names, Iterable):
            raise ValueError(f"targets are {_list_names(self.projections)}; got {names!r}")
        asked = (names,) if isinstance(names, str) else tuple(names)
        for name in asked:
            if name not in self.projections:
                raise ValueError(self._explain_unknown(name))
        if not asked:
            raise ValueError(f"no targets given; they are {_list_names(self.projections)}")
        return tuple(name for name in self.projections if name in asked)

    def block_numbers(
        self,
        backbone: keras.Model,
        blocks: Literal["all"] | Sequence[int],
        targets: Sequence[str],
    ) -> tuple[int, ...]:
        """Check and sort the block numbers; "all" are those that have one of the targets.

        Raises:
            ValueError: There is none, one occurs twice, or one is not a block of the model.
        """
        layers = self.blocks_of(backbone)
        count = len(layers)
        if isinstance(blocks, str) or not isinstance(blocks, Iterable):
            if blocks != "all":
                raise ValueError(f"blocks must be 'all' or a list of integers; got {blocks!r}")
            return tuple(i for i in range(count) if any(self._has(layers[i], t) for t in targets))
        numbers = tuple(blocks)
        for number in numbers:
            if isinstance(number, bool) or not isinstance(number, int):
                raise ValueError(f"a block is an integer; got {number!r}")
            if not 0 <= number < count:
                raise ValueError(
                    f"block {number} is not in the model, whose blocks are 0 to {count - 1}"
                )
        if not numbers or len(set(numbers)) < len(numbers):
            raise ValueError(f"blocks must name each block once; got {list(numbers)}")
        return tuple(sorted(numbers))

    def sites(
        self, backbone: keras.Model, targets: Sequence[str], blocks: Sequence[int]
    ) -> tuple[Site, ...]:
        """Return every target in every block, block by block; "attention" is a target as well.

        A block may lack a projection: it takes the keys or values of another.

        Raises:
            ValueError: No block has a target, or a block has none.
        """
        layers = self.blocks_of(backbone)
        places = [(block, t) for block in blocks for t in targets if self._has(layers[block], t)]
        for target in targets:
            if all(target != t for _, t in places):
                raise ValueError(f"no block has a projection {target!r} of its own")
        for block in blocks:
            if all(block != b for b, _ in places):
                listed = " or ".join(map(repr, targets))
                raise ValueError(f"block {block} has no projection {listed}: leave it out")
        return tuple(self._make_site(layers[block], block, target) for block, target in places)

    def blocks_of(self, backbone: keras.Model) -> Sequence[keras.layers.Layer]:
        """Return the blocks of a backbone, by number."""
        layers: Sequence[keras.layers.Layer] = getattr(backbone, self.blocks)
        return layers

    def _has(self, layer: keras.layers.Layer, target: str) -> bool:
        attention = getattr(layer, self.attention, None)
        return getattr(attention, self.projections.get(target, "name"), None) is not None

    def _make_site(self, layer: keras.layers.Layer, block: int, target: str) -> Site:
        attention = getattr(layer, self.attention)
        if target == "attention":
            return self._make_attention_site(layer, block, attention)
        attribute = self.projections[target]
        width = _find_width(getattr(attention, attribute))
        return ProjectionSite(block, layer.name, target, attention, attribute, width)

    def _make_attention_site(
        self, layer: keras.layers.Layer, block: int, attention: keras.layers.Layer
    ) -> AttentionSite:
        if not self.prefix:
            raise ValueError(
                f"{type(attention).__name__} takes no prefix; attach a method that stands beside "
                "projections, such as Lora()"
            )
        key = getattr(attention, self.projections["key"])
        heads, width = key.compute_output_shape((None, None, _find_width(key)))[2:]
        return AttentionSite(block, layer.name, attention, heads, width)

    def _explain_unknown(self, name: object) -> str:
        close = difflib.get_close_matches(str(name), self.projections, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"it is {_list_names(self.projections)}"
        return f"unknown target {name!r}; {hint}"


def _find_width(projection: keras.layers.Layer) -> int:
    """Return the width of the hidden states that a projection was built for."""
    config = projection.get_build_config() or {}
    if "input_shape" not in config:
        raise ValueError(f"{projection.name} is not built yet: call the model once")
    width: int = config["input_shape"][-1]
    return width


def _list_names(names: Mapping[str, str]) -> str:
    *first, last = (repr(name) for name in names)
    return f"{', '.join(first)} or {last}" if first else last
