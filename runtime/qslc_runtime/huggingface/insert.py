"""The adapters of a PyTorch model: put in, found, chosen, merged, written."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import keras
import torch

from qslc_runtime.adapters.active import choose_factors, choose_name
from qslc_runtime.adapters.attachments import DEFAULT
from qslc_runtime.adapters.insertion import Insertion, check_options, resolve_layer
from qslc_runtime.adapters.merge import merge_sublayers
from qslc_runtime.huggingface.adapter import ModuleAdapter
from qslc_runtime.huggingface.attach import (
    Attachment,
    attach,
    check_free,
    find_attachments,
    store_attachments,
)
from qslc_runtime.huggingface.places import find_places, name_places


def insert(
    model: torch.nn.Module,
    layer: type[keras.layers.Layer] | str | os.PathLike[str],
    target_modules: str | Sequence[str] = ("query", "value"),
    blocks: str | Sequence[int] = "all",
    seed: int = 0,
    *,
    name: str = DEFAULT,
    **layer_options: Any,
) -> ModuleAdapter:
    """Put a sublayer beside linear modules of a PyTorch model, and freeze everything else.

    Each module becomes ``y = base(x) + sublayer(x)``; with zero-initialized up-projections the
    model starts as the base model. The sublayers compute in float32, whatever the model's type, and
    their weights are parameters of the model under ``qslc`` of the module, or ``qslc__NAME``. What
    ``torch.compile`` made before is made anew.

    Args:
        model: A model of ``transformers``, or any ``torch.nn.Module``.
        layer: A class that ``qslc compile`` generated (``qslc_runtime.load``), or its folder.
        target_modules: Which modules: a list of the last parts of their names, such as
            ["q_proj", "v_proj"]; a regular expression, as one text, for whole names; or targets of
            qslc ("query", "key", "value"), which also are parts of modules that compute all three,
            such as GPT-2's c_attn.
        blocks: Numbers of blocks: the first numbers in the names of modules.
        seed: Non-negative. Each sublayer's seed follows from it, the block and the target.
        name: Name of the adapter, without a dot. It acts, and those that the model holds already
            rest (``set_active``).
        layer_options: Arguments of ``layer``: ``engine``, ``up_projection``, ...; plain JSON.

    Raises:
        ValueError: No module has such a name, or one is not linear; the model holds an adapter
            of this name; or the layer does not fit a module's width.
        TypeError: ``layer`` is not a layer class, or does not take an option.
        FileNotFoundError, ImportError: ``layer`` is a folder without a generated layer.
    """
    check_free(model, name)
    kind = resolve_layer(layer)
    check_options(kind, layer_options, others=("target_modules", "blocks", "name"))
    places = find_places(model, target_modules, blocks)
    asked = target_modules if isinstance(target_modules, str) else tuple(target_modules)
    numbers = tuple(sorted({place.block for place in places}))
    insertion = Insertion(kind, name_places(model, places), numbers, seed, layer_options)
    attach(model, insertion, asked, places, name)
    return ModuleAdapter(model, name)


def save_folder(adapter: ModuleAdapter, folder: str | os.PathLike[str], **options: Any) -> Path:
    """Write an adapter's folder: see ``folder.save_folder``."""
    from qslc_runtime.huggingface import folder as folders

    return folders.save_folder(adapter, folder, **options)


def get_adapter(model: torch.nn.Module, name: str | None = None) -> ModuleAdapter:
    """Return an adapter of a model: see ``adapters.active.get_adapter``."""
    return ModuleAdapter(model, choose_name(list_adapters(model), name))


def list_adapters(model: torch.nn.Module) -> list[str]:
    """Return the names of the adapters of a model, in the order in which they were put in."""
    return [*_find_held(model)]


def get_active(model: torch.nn.Module) -> dict[str, float]:
    """Return by which factors the adapters of a model act, without those that do not."""
    attachments = find_attachments(model)
    return attachments.active if attachments else {}


def set_active(
    model: torch.nn.Module, names: str | Sequence[str], weights: Mapping[str, float] | None = None
) -> None:
    """Choose which adapters of a model act: see ``adapters.active.set_active``."""
    factors = choose_factors(_find_held(model), names, weights)
    attachments = find_attachments(model)
    if attachments is not None:
        store_attachments(model, attachments.activate(factors))


def merge(
    model: torch.nn.Module,
    names: Sequence[str],
    weights: Mapping[str, float] | None = None,
    *,
    name: str,
) -> ModuleAdapter:
    """Put one folded adapter into a model for several: see ``adapters.merge.merge``."""
    held = _find_held(model)
    factors = choose_factors(held, names, weights)
    check_free(model, name)
    merged = merge_sublayers(held, factors)
    first = held[next(iter(factors))]
    attach(model, merged.insertion, first.target_modules, first.sites, name)
    adapter = ModuleAdapter(model, name)
    merged.fill(adapter.sublayers)
    return adapter


def _find_held(model: torch.nn.Module) -> Mapping[str, Attachment]:
    attachments = find_attachments(model)
    return attachments.adapters if attachments else {}
