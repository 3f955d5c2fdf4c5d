"""Put layers beside linear modules of a PyTorch model, and take them away again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import keras
import torch

from qslc_runtime.adapters.attachments import Sublayers
from qslc_runtime.adapters.fixed_weights import digest_origin
from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.huggingface.placed import PlacedLayer, add_layers
from qslc_runtime.huggingface.places import Place

_ATTRIBUTE = "_qslc_attachment"


@dataclass(frozen=True)
class Attachment:
    """Memory of a model with sublayers: what is where, and how the model was before.

    Args:
        insertion: The layers, and where they were put.
        target_modules: What the user called the places.
        sites: The places.
        placed: The modules that hold the layers, by path of the place.
        hooks: What lets the places' modules call them.
        flags: Parameters of the model, and whether each was trained.
        origins: By path, a digest of fixed weights and of what they were made from.
        unfolded: Insertion and layers, by path, that folded ones stand for; None if none were.
    """

    insertion: Insertion
    target_modules: str | tuple[str, ...]
    sites: tuple[Place, ...]
    placed: Mapping[str, PlacedLayer]
    hooks: tuple[Any, ...]
    flags: tuple[tuple[torch.nn.Parameter, bool], ...]
    origins: dict[str, str | None]
    unfolded: Sublayers | None = None

    @property
    def standing(self) -> Sublayers:
        """The layers of the model."""
        layers = {path: placed.layer for path, placed in self.placed.items()}
        return Sublayers(self.insertion, layers)

    @property
    def trained(self) -> Sublayers:
        """The layers of the model, or those that its folded ones stand for."""
        return self.unfolded or self.standing


def find_attachment(model: torch.nn.Module) -> Attachment | None:
    """Return what a model remembers of its sublayers; None if it holds none."""
    return next(
        (found for module in _unwrap(model) if (found := module.__dict__.get(_ATTRIBUTE))), None
    )


def attach(
    model: torch.nn.Module,
    insertion: Insertion,
    target_modules: str | tuple[str, ...],
    places: tuple[Place, ...],
) -> None:
    """Freeze the model and put layers beside the modules of places.

    A LoRA that PEFT put in before goes on training. All layers are built before the model is
    touched: a failure leaves it as it was.
    """
    made = {place.path: place.make(insertion) for place in places}
    origins = {place.path: digest_origin(place, made[place.path]) for place in places}
    flags = tuple((weight, weight.requires_grad) for weight in model.parameters())
    for name, weight in model.named_parameters():
        weight.requires_grad_(weight.requires_grad and _is_lora(name))
    placed = {place.path: _put(place, made[place.path]) for place in places}
    modules = {id(place.module): place.module for place in places}
    hooks = tuple(
        module.register_forward_hook(add_layers, with_kwargs=True) for module in modules.values()
    )
    setattr(
        model,
        _ATTRIBUTE,
        Attachment(insertion, target_modules, places, placed, hooks, flags, origins),
    )


def _is_lora(name: str) -> bool:
    return any(part.startswith("lora_") for part in name.split("."))


def detach(model: torch.nn.Module) -> None:
    """Undo ``attach``: the same modules, hooks and flags as before."""
    attachment = find_attachment(model)
    if attachment is None:
        return
    for hook in attachment.hooks:
        hook.remove()
    for place in attachment.sites:
        delattr(place.module, place.child)
    for weight, trained in attachment.flags:
        weight.requires_grad_(trained)
    for module in _unwrap(model):
        module.__dict__.pop(_ATTRIBUTE, None)


def exchange(model: torch.nn.Module, sublayers: Sublayers, unfolded: Sublayers | None) -> None:
    """Put other layers in the places of those that stand there."""
    attachment = find_attachment(model)
    if attachment is None:
        return
    placed = {p.path: _put(p, sublayers.layers[p.path]) for p in attachment.sites}
    changed = replace(attachment, insertion=sublayers.insertion, placed=placed, unfolded=unfolded)
    for module in _unwrap(model):
        if _ATTRIBUTE in module.__dict__:
            module.__dict__[_ATTRIBUTE] = changed


def _put(place: Place, layer: keras.layers.Layer) -> PlacedLayer:
    placed = PlacedLayer(layer, place.columns)
    device = next((weight.device for weight in place.module.parameters()), None)
    placed.to(device).train(place.module.training)
    setattr(place.module, place.child, placed)
    return placed


def _unwrap(model: torch.nn.Module) -> Iterator[torch.nn.Module]:
    """Yield a model, and what wrappers such as DistributedDataParallel hold as ``module``."""
    yield model
    for name in ("module", "_orig_mod"):
        inside = model._modules.get(name)
        if inside is not None:
            yield from _unwrap(inside)
