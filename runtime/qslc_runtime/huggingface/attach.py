"""Put layers beside linear modules of a PyTorch model, and take them away again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import keras
import torch

from qslc_runtime.adapters.attachments import DEFAULT, Sublayers, check_name
from qslc_runtime.adapters.fixed_weights import digest_origin
from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.huggingface.placed import PlacedLayer, add_layers
from qslc_runtime.huggingface.places import Place

_ATTRIBUTE = "_qslc_attachments"

TargetModules = str | tuple[str, ...]


@dataclass(frozen=True)
class Attachment:
    """One adapter of a model.

    Args:
        insertion: The layers, and where they were put.
        target_modules: What the user called the places.
        sites: The places.
        placed: The modules that hold the layers, by path of the place.
        origins: By path, a digest of fixed weights and of what they were made from.
        unfolded: Insertion and layers, by path, that folded ones stand for; None if none were.
        weight: Factor by which the layers act; 0: they rest.
        resting: While they rest, the paths of the weights that train when they act.
    """

    insertion: Insertion
    target_modules: TargetModules
    sites: tuple[Place, ...]
    placed: Mapping[str, PlacedLayer]
    origins: dict[str, str | None]
    unfolded: Sublayers | None = None
    weight: float = 1.0
    resting: frozenset[str] | None = None

    @property
    def standing(self) -> Sublayers:
        """The layers of the model."""
        layers = {path: placed.layer for path, placed in self.placed.items()}
        return Sublayers(self.insertion, layers)

    @property
    def trained(self) -> Sublayers:
        """The layers of the model, or those that its folded ones stand for."""
        return self.unfolded or self.standing

    def set_weight(self, weight: float) -> Attachment:
        """Let the layers act by a factor and train; by 0, let them do neither."""
        for placed in self.placed.values():
            placed.factor = weight
        weights = self.trained.weights
        if weight == 0 and self.resting is None:
            training = frozenset(path for path, each in weights.items() if each.value.requires_grad)
            for path in training:
                weights[path].value.requires_grad_(False)
            return replace(self, weight=weight, resting=training)
        if weight != 0 and self.resting is not None:
            for path in self.resting:
                weights[path].value.requires_grad_(True)
            return replace(self, weight=weight, resting=None)
        return replace(self, weight=weight)


@dataclass(frozen=True)
class Attachments:
    """Memory of a model with sublayers: its adapters, and how it was before them.

    Args:
        flags: Parameters of the model, and whether each was trained.
        hooks: Modules that call the layers placed in them, and what lets them.
        adapters: The adapters by name, in the order in which they were put in.
    """

    flags: tuple[tuple[torch.nn.Parameter, bool], ...]
    hooks: tuple[tuple[torch.nn.Module, Any], ...] = ()
    adapters: Mapping[str, Attachment] = field(default_factory=dict)

    @property
    def active(self) -> dict[str, float]:
        """Factors of the adapters that act, by name."""
        return {name: each.weight for name, each in self.adapters.items() if each.weight}

    def put(self, name: str, attachment: Attachment) -> Attachments:
        """Return these with an adapter added or replaced."""
        return replace(self, adapters={**self.adapters, name: attachment})

    def activate(self, weights: Mapping[str, float]) -> Attachments:
        """Let the adapters act by factors, and those without one not at all."""
        found = {n: each.set_weight(weights.get(n, 0.0)) for n, each in self.adapters.items()}
        return replace(self, adapters=found)

    def hook(self, places: tuple[Place, ...]) -> Attachments:
        """Let the modules of places call their layers, where they do not yet."""
        hooked = {id(module) for module, _ in self.hooks}
        modules = {id(place.module): place.module for place in places}
        added = [
            (module, module.register_forward_hook(add_layers, with_kwargs=True))
            for key, module in modules.items()
            if key not in hooked
        ]
        return replace(self, hooks=(*self.hooks, *added))

    def unhook(self) -> Attachments:
        """Leave the modules alone in which no layer is placed any more."""
        kept = []
        for module, handle in self.hooks:
            if any(isinstance(child, PlacedLayer) for child in module.children()):
                kept.append((module, handle))
            else:
                handle.remove()
        return replace(self, hooks=tuple(kept))


def find_attachments(model: torch.nn.Module) -> Attachments | None:
    """Return what a model remembers of its sublayers; None if it holds none."""
    return next(
        (found for module in _unwrap(model) if (found := module.__dict__.get(_ATTRIBUTE))), None
    )


def store_attachments(model: torch.nn.Module, attachments: Attachments | None) -> None:
    """Let a model remember its sublayers, or nothing."""
    holders = [module for module in _unwrap(model) if _ATTRIBUTE in module.__dict__] or [model]
    for module in holders:
        if attachments is None:
            module.__dict__.pop(_ATTRIBUTE, None)
        else:
            setattr(module, _ATTRIBUTE, attachments)


def check_free(model: torch.nn.Module, name: str) -> None:
    """Raise a ValueError if a model holds an adapter of this name, or it can be none."""
    if "." in check_name(name):
        raise ValueError(f"the name of an adapter in a PyTorch model has no '.'; got {name!r}")
    attachments = find_attachments(model)
    if attachments is None or name not in attachments.adapters:
        return
    held = attachments.adapters[name].insertion.layer.__name__
    which = "" if name == DEFAULT else f" {name!r}"
    raise ValueError(
        f"the model already holds an adapter{which} ({held}); remove() it first, or give the new "
        "one another name="
    )


def attach(
    model: torch.nn.Module,
    insertion: Insertion,
    target_modules: TargetModules,
    places: tuple[Place, ...],
    name: str,
) -> None:
    """Freeze the model and put layers beside the modules of places.

    The new adapter acts, and those that the model holds already rest. A LoRA that PEFT put in
    before goes on training. All layers are built before the model is touched: a failure leaves it
    as it was.
    """
    check_free(model, name)
    made = {place.path: place.make(insertion) for place in places}
    origins = {place.path: digest_origin(place, made[place.path]) for place in places}
    attachments = find_attachments(model)
    if attachments is None:
        attachments = Attachments(tuple((each, each.requires_grad) for each in model.parameters()))
        for path, weight in model.named_parameters():
            weight.requires_grad_(weight.requires_grad and _is_lora(path))
    placed = {place.path: _put(place, made[place.path], name) for place in places}
    attachment = Attachment(insertion, target_modules, places, placed, origins)
    attachments = attachments.hook(places).put(name, attachment).activate({name: 1.0})
    store_attachments(model, attachments)


def _is_lora(name: str) -> bool:
    return any(part.startswith("lora_") for part in name.split("."))


def detach(model: torch.nn.Module, name: str) -> None:
    """Undo ``attach``: the same modules and, after the last adapter, hooks and flags as before."""
    attachments = find_attachments(model)
    if attachments is None:
        return
    for place in attachments.adapters[name].sites:
        delattr(place.module, _name_child(place, name))
    rest = {key: each for key, each in attachments.adapters.items() if key != name}
    attachments = replace(attachments, adapters=rest).unhook()
    if not rest:
        for weight, trained in attachments.flags:
            weight.requires_grad_(trained)
    store_attachments(model, attachments if rest else None)


def exchange(
    model: torch.nn.Module, name: str, sublayers: Sublayers, unfolded: Sublayers | None
) -> None:
    """Put other layers in the places of those of an adapter."""
    attachments = find_attachments(model)
    if attachments is None:
        return
    before = attachments.adapters[name]
    placed = {
        place.path: _put(place, sublayers.layers[place.path], name, before.weight)
        for place in before.sites
    }
    changed = replace(before, insertion=sublayers.insertion, placed=placed, unfolded=unfolded)
    store_attachments(model, attachments.put(name, changed))


def _name_child(place: Place, name: str) -> str:
    """Return the name of an adapter's layer in the module of a place."""
    return place.child if name == DEFAULT else f"{place.child}__{name}"


def _put(place: Place, layer: keras.layers.Layer, name: str, weight: float = 1.0) -> PlacedLayer:
    placed = PlacedLayer(layer, place.columns, weight)
    device = next((weight.device for weight in place.module.parameters()), None)
    placed.to(device).train(place.module.training)
    setattr(place.module, _name_child(place, name), placed)
    return placed


def _unwrap(model: torch.nn.Module) -> Iterator[torch.nn.Module]:
    """Yield a model, and what wrappers such as DistributedDataParallel hold as ``module``."""
    yield model
    for name in ("module", "_orig_mod"):
        inside = model._modules.get(name)
        if inside is not None:
            yield from _unwrap(inside)
