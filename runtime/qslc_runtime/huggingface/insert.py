"""One call that puts a generated layer into a PyTorch model."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import torch

from qslc_runtime.adapters.insertion import Insertion, check_options, resolve_layer
from qslc_runtime.huggingface.adapter import ModuleAdapter
from qslc_runtime.huggingface.attach import attach, find_attachment
from qslc_runtime.huggingface.places import find_places, name_places


def insert(
    model: torch.nn.Module,
    layer: type[keras.layers.Layer] | str | os.PathLike[str],
    target_modules: str | Sequence[str] = ("query", "value"),
    blocks: str | Sequence[int] = "all",
    seed: int = 0,
    **layer_options: Any,
) -> ModuleAdapter:
    """Put a sublayer beside linear modules of a PyTorch model, and freeze everything else.

    Each module becomes ``y = base(x) + sublayer(x)``; with zero-initialized up-projections the
    model starts as the base model. The sublayers compute in float32, whatever the model's type, and
    their weights are parameters of the model under ``qslc`` of the module. What ``torch.compile``
    made before is made anew.

    Args:
        model: A model of ``transformers``, or any ``torch.nn.Module``.
        layer: A class that ``qslc compile`` generated (``qslc_runtime.load``), or its folder.
        target_modules: Which modules: a list of the last parts of their names, such as
            ["q_proj", "v_proj"]; a regular expression, as one text, for whole names; or targets of
            qslc ("query", "key", "value"), which also are parts of modules that compute all three,
            such as GPT-2's c_attn.
        blocks: Numbers of blocks: the first numbers in the names of modules.
        seed: Non-negative. Each sublayer's seed follows from it, the block and the target.
        layer_options: Arguments of ``layer``: ``engine``, ``up_projection``, ...; plain JSON.

    Raises:
        ValueError: No module has such a name, or one is not linear; the model holds an adapter
            already; or the layer does not fit a module's width.
        TypeError: ``layer`` is not a layer class, or does not take an option.
        FileNotFoundError, ImportError: ``layer`` is a folder without a generated layer.
    """
    held = find_attachment(model)
    if held is not None:
        name = held.insertion.layer.__name__
        raise ValueError(f"the model already holds an adapter ({name}); remove() it first")
    kind = resolve_layer(layer)
    check_options(kind, layer_options, others=("target_modules", "blocks"))
    places = find_places(model, target_modules, blocks)
    asked = target_modules if isinstance(target_modules, str) else tuple(target_modules)
    numbers = tuple(sorted({place.block for place in places}))
    insertion = Insertion(kind, name_places(model, places), numbers, seed, layer_options)
    attach(model, insertion, asked, places)
    return ModuleAdapter(model)


def save_folder(adapter: ModuleAdapter, folder: str | os.PathLike[str], **options: Any) -> Path:
    """Write an adapter's folder: see ``folder.save_folder``."""
    from qslc_runtime.huggingface import folder as folders

    return folders.save_folder(adapter, folder, **options)


def get_adapter(model: torch.nn.Module) -> ModuleAdapter:
    """Return the adapter of a model that holds one.

    Raises:
        ValueError: It holds none.
    """
    if find_attachment(model) is None:
        raise ValueError("the model holds no adapter")
    return ModuleAdapter(model)
