"""Where the attention projections of a model family are, and which of them a user asked for."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import keras

from qslc_runtime.insertion.sites import AttentionSite, ProjectionSite, Site


@dataclass(frozen=True)
class Layout:
    """The attributes under which a family's blocks keep their attention and its projections."""

    attention: str
    projections: Mapping[str, str]

    def targets(self, names: str | Sequence[str]) -> tuple[str, ...]:
        """The names, checked, without repetition, in the order of ``projections``.

        Raises:
            ValueError: there is none, or one that no projection has.
        """
        if not isinstance(names, Iterable):
            raise ValueError(f"targets are {_listed(self.projections)}; got {names!r}")
        asked = (names,) if isinstance(names, str) else tuple(names)
        for name in asked:
            if name not in self.projections:
                raise ValueError(self._unknown(name))
        if not asked:
            raise ValueError(f"no targets given; they are {_listed(self.projections)}")
        return tuple(name for name in self.projections if name in asked)

    def block_numbers(
        self, backbone: keras.Model, blocks: Literal["all"] | Sequence[int]
    ) -> tuple[int, ...]:
        """The block numbers, checked and sorted.

        Raises:
            ValueError: there is none, one occurs twice, or one is not a block of the model.
        """
        count = len(backbone.transformer_layers)
        if isinstance(blocks, str) or not isinstance(blocks, Iterable):
            if blocks != "all":
                raise ValueError(f"blocks must be 'all' or a list of integers; got {blocks!r}")
            return tuple(range(count))
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
        """Every target in every block, block by block; "attention" is a target as well."""
        return tuple(self._site(backbone, target, block) for block in blocks for target in targets)

    def _site(self, backbone: keras.Model, target: str, block: int) -> Site:
        layer = backbone.transformer_layers[block]
        attention = getattr(layer, self.attention)
        if target == "attention":
            key = getattr(attention, self.projections["key"])
            heads, width = key.compute_output_shape((None, None, backbone.hidden_dim))[2:]
            return AttentionSite(block, layer.name, attention, heads, width)
        attribute = self.projections[target]
        return ProjectionSite(block, layer.name, target, attention, attribute, backbone.hidden_dim)

    def _unknown(self, name: object) -> str:
        close = difflib.get_close_matches(str(name), self.projections, n=1)
        hint = f"did you mean {close[0]!r}?" if close else f"it is {_listed(self.projections)}"
        return f"unknown target {name!r}; {hint}"


def _listed(names: Mapping[str, str]) -> str:
    *first, last = (repr(name) for name in names)
    return f"{', '.join(first)} or {last}" if first else last
