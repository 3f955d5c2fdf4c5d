"""Which adapters a model holds, and which of them act."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Protocol

import keras

from qslc_runtime.adapters.adapter import Adapter
from qslc_runtime.adapters.attach import adjust_models
from qslc_runtime.adapters.attachments import Sublayers, find_attachments, find_backbone
from qslc_runtime.adapters.model_state import find_models, sync_variables
from qslc_runtime.modules import find_module_functions


class Held(Protocol):
    """An adapter of a model: of KerasHub, or of PyTorch."""

    @property
    def standing(self) -> Sublayers:
        """The layers of the model."""


def get_adapter(model: keras.Model, name: str | None = None) -> Adapter:
    """Return an adapter of a model, such as one loaded from a .keras file.

    Args:
        model: A task model, a backbone, or a PyTorch model.
        name: Its name; None: the only one.

    Raises:
        ValueError: There is none, or there are several and none was named.
    """
    functions = find_module_functions(model)
    if functions:
        return functions.get_adapter(model, name)
    return Adapter(model, choose_name(list_adapters(model), name))


def choose_name(held: Sequence[str], name: str | None) -> str:
    """Return the name of an adapter among those that a model holds; None: of the only one.

    Raises:
        ValueError: There is none, or there are several and none was named.
    """
    if not held:
        raise ValueError("the model holds no adapter")
    if name is None and len(held) == 1:
        return held[0]
    if name is None:
        raise ValueError(f"the model holds several adapters: name one of {_list(held)}")
    if name not in held:
        raise ValueError(f"the model holds no adapter {name!r}; it holds {_list(held)}")
    return name


def list_adapters(model: keras.Model) -> list[str]:
    """Return the names of the adapters of a model, in the order in which they were put in."""
    functions = find_module_functions(model)
    if functions:
        return list(functions.list_adapters(model))
    attachments = find_attachments(model)
    return [*attachments.adapters] if attachments else []


def get_active(model: keras.Model) -> dict[str, float]:
    """Return by which factors the adapters of a model act, without those that do not."""
    functions = find_module_functions(model)
    if functions:
        return dict(functions.get_active(model))
    attachments = find_attachments(model)
    return attachments.active if attachments else {}


def set_active(
    model: keras.Model, names: str | Sequence[str], weights: Mapping[str, float] | None = None
) -> None:
    """Choose which adapters of a model act and train; the others rest.

    What several add to a projection is summed. Compiled functions and optimizers are renewed as by
    ``insert``.

    Args:
        model: A task model, a backbone, or a PyTorch model.
        names: One name or several; an empty list makes the model the base model, bit for bit.
        weights: Factors on what each adds; 1 where none is given.

    Example:
        >>> for name in ("tone", "facts"):
        ...     adapter = qslc_runtime.insert(model, "build/my_layer", name=name)
        >>> qslc_runtime.set_active(model, ["tone", "facts"], weights={"facts": 0.5})
        >>> qslc_runtime.get_active(model)
        {'tone': 1.0, 'facts': 0.5}

    Raises:
        ValueError: There is no adapter of a name, or a factor is not finite or is 0; a prefix has
            another factor than 1.
    """
    functions = find_module_functions(model)
    if functions:
        functions.set_active(model, names, weights)
        return
    attachments = find_attachments(model)
    factors = choose_factors(attachments.adapters if attachments else {}, names, weights)
    if attachments is None:
        return
    sync_variables(find_models(attachments.flags.all_layers))
    find_backbone(model)._attachments = attachments.activate(factors)
    adjust_models(attachments.flags.all_layers)


def choose_factors(
    held: Mapping[str, Held],
    names: str | Sequence[str],
    weights: Mapping[str, float] | None,
) -> dict[str, float]:
    """Return the factors of the adapters that are named; ``set_active`` says what is raised.

    Args:
        held: The adapters of the model by name.
        names: As for ``set_active``.
        weights: As for ``set_active``.
    """
    asked = [names] if isinstance(names, str) else [*names]
    factors = {**dict.fromkeys(asked, 1.0), **(weights or {})}
    for name, weight in factors.items():
        if name not in held:
            known = f"it holds {_list([*held])}" if held else "it holds none"
            raise ValueError(f"the model holds no adapter {name!r}; {known}")
        if name not in asked:
            raise ValueError(f"{name!r} has a weight, and is not among the adapters to be active")
        _check_weight(held[name], name, weight)
    return {name: float(weight) for name, weight in factors.items()}


def _list(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))


def _check_weight(attachment: Held, name: str, weight: object) -> None:
    number = isinstance(weight, int | float) and not isinstance(weight, bool)
    if not (number and math.isfinite(weight) and weight):  # type: ignore[arg-type]
        raise ValueError(f"the weight of {name!r} is a finite number other than 0; got {weight!r}")
    if weight != 1 and attachment.standing.insertion.targets == ("attention",):
        raise ValueError(f"{name!r} is a prefix: it acts or not, and has no weight")
