"""Blocks that hold sublayers, of which their configuration knows nothing."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any, ClassVar

import keras


class AdaptedBlock:
    """Refuses to give a configuration: what is made from it would lack the sublayers."""

    plain: ClassVar[type[keras.layers.Layer]]

    def get_config(self) -> dict[str, Any]:
        """Not to be had.

        Raises:
            ValueError: always.
        """
        raise ValueError(
            f"the block {self.name!r} holds sublayers, and a copy that is made block by block "  # type: ignore[attr-defined]
            "would lose them: copy or save the model or backbone that holds the adapter "
            "(copy.deepcopy, from_config, save), or remove() the adapter first"
        )


def mark(blocks: Iterable[keras.layers.Layer]) -> None:
    """Make the blocks refuse to be copied without their sublayers."""
    for block in blocks:
        block.__class__ = _adapted(type(block))


def unmark(blocks: Iterable[keras.layers.Layer]) -> None:
    """Undo ``mark``."""
    for block in blocks:
        if isinstance(block, AdaptedBlock):
            block.__class__ = block.plain


@cache
def _adapted(block: type[keras.layers.Layer]) -> type[keras.layers.Layer]:
    return type(block.__name__, (AdaptedBlock, block), {"plain": block})
