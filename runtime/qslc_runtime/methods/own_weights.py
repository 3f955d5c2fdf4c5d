"""Methods that train weights of the model itself: full fine-tuning, and Keras's own LoRA."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from typing import Any, ClassVar, NoReturn

import keras

from qslc_runtime.adapters import Adapter
from qslc_runtime.adapters.adapted import find_adapted
from qslc_runtime.adapters.attach import adjust_models, check_scope
from qslc_runtime.adapters.attachments import DEFAULT, find_attachments, find_backbone
from qslc_runtime.adapters.contents import Contents
from qslc_runtime.adapters.insertion import Insertion, check_seed
from qslc_runtime.adapters.layout import Blocks, Targets, check_blocks, check_targets, find_sites
from qslc_runtime.adapters.model_state import TrainableFlags, freeze_weights
from qslc_runtime.adapters.record import Record, to_json
from qslc_runtime.adapters.sites import ProjectionSite, derive_seed
from qslc_runtime.methods.lora import Lora
from qslc_runtime.methods.method import Method


class PlainAdapter(Adapter):
    """The adapter of a method that puts no sublayers into a model: there is nothing to fold.

    Attributes:
        refusals: What is said instead, by name of the property or method.
    """

    refusals: ClassVar[Mapping[str, str]]
    weight: ClassVar[float] = 1.0  # type: ignore[misc]

    @property
    def _title(self) -> str:
        return type(self).__name__.removesuffix("Adapter")

    @property
    def insertion(self) -> Insertion:
        raise ValueError(self.refusals["insertion"])

    @property
    def sublayers(self) -> dict[str, keras.layers.Layer]:
        return {}

    def fold(self) -> NoReturn:
        raise ValueError(self.refusals["fold"])

    def unfold(self) -> NoReturn:
        raise ValueError(self.refusals["unfold"])

    def merge_into_base(self) -> None:
        raise ValueError(self.refusals["merge_into_base"])

    def disabled(self) -> AbstractContextManager[keras.Model]:
        raise ValueError(self.refusals["disabled"])


@dataclass(frozen=True)
class Full(Method):
    """Every weight of the model trains; group "weights". ``targets`` and ``blocks`` say nothing.

    Example:
        >>> from qslc_runtime.methods import Full, attach
        >>> adapter = attach(model, Full())
        >>> adapter.trainable_parameters == model.count_params()
        True
    """

    def attach(
        self,
        model: keras.Model,
        targets: Targets,
        blocks: Blocks,
        seed: int,
        name: str = DEFAULT,
    ) -> Adapter:
        """Let the whole model train."""
        del targets, blocks, seed
        _refuse_name(self, name)
        find_adapted(model)
        if find_attachments(model):
            raise ValueError("Full trains the base model: remove() the adapters of this one first")
        model.trainable = True
        adjust_models(model._flatten_layers())
        return FullAdapter(model)


def _refuse_name(method: Method, name: str) -> None:
    if name != DEFAULT:
        raise ValueError(
            f"{type(method).__name__} has no name, and is not switched: leave out name="
        )


_NO_BASE = "full fine-tuning changes the base model itself: load that again instead"


class FullAdapter(PlainAdapter):
    """The whole model as its own adapter: there is nothing to disable, fold or remove."""

    refusals: ClassVar[Mapping[str, str]] = {
        "insertion": "Full puts no sublayers into a model",
        "fold": "Full puts no sublayers into a model: there is nothing to fold",
        "unfold": "Full puts no sublayers into a model: there is nothing to unfold",
        "merge_into_base": "Full trains the base model itself: there is nothing to merge",
        "disabled": _NO_BASE,
    }

    @property
    def record(self) -> dict[str, Any]:
        return to_json(Record("full", None, (), (), 0, {}))

    @property
    def weights(self) -> dict[str, keras.Variable]:
        return {weight.path: weight for weight in self.model.weights}

    @property
    def groups(self) -> dict[str, list[keras.Variable]]:
        return {"weights": list(self.model.trainable_weights)}

    def remove(self) -> NoReturn:
        raise ValueError(_NO_BASE)

    def _describe_contents(self) -> Contents:
        return Contents(self.record, self.weights, resolve=dict)


@dataclass(frozen=True)
class KerasLora(Lora):
    """Keras's own ``enable_lora`` on each projection.

    Keras keeps the axes of a projection's kernel apart: for a kernel (d, heads, w), A is
    (d, heads, rank) and B (rank, w), with one B for all heads. That is rank * (d * heads + w)
    parameters, several times those of ``Lora`` with the same arguments; group "lora".

    Example:
        >>> from qslc_runtime.methods import KerasLora, attach
        >>> adapter = attach(model, KerasLora(rank=2), targets=("query", "value"))
        >>> adapter.groups.keys()
        dict_keys(['lora'])
    """

    def attach(
        self,
        model: keras.Model,
        targets: Targets,
        blocks: Blocks,
        seed: int,
        name: str = DEFAULT,
    ) -> Adapter:
        """Freeze the model and enable Keras's LoRA on its projections; sublayers there stay."""
        _refuse_name(self, name)
        family, backbone = find_adapted(model).family, find_backbone(model)
        names = check_targets(family, targets)
        numbers = check_blocks(family, backbone, blocks, names)
        sites: Any = find_sites(family, backbone, names, numbers)
        check_seed(seed)
        check_scope(model)
        if any(site.base.lora_enabled for site in sites):
            raise ValueError("LoRA is enabled on these projections already; remove() it first")
        attachments = find_attachments(model)
        flags = attachments.flags if attachments else TrainableFlags.of(model)
        freeze_weights(model, attachments.sublayers if attachments else ())
        for site in sites:
            start = keras.initializers.HeUniform(seed=derive_seed(seed, site.block, site.target))
            site.base.enable_lora(
                self.rank, lora_alpha=self.alpha, a_initializer=start, b_initializer="zeros"
            )
        if attachments:
            theirs = [weight for layer in attachments.sublayers for weight in layer.weights]
            now = flags.update(model, excluded=theirs)
            backbone._attachments = replace(attachments, flags=now)
        adjust_models(model._flatten_layers())
        return KerasLoraAdapter(model, self, sites, seed, flags)


class KerasLoraAdapter(PlainAdapter):
    """Keras's LoRA on some projections of a model."""

    refusals: ClassVar[Mapping[str, str]] = {
        "insertion": "KerasLora puts no sublayers into a model; ``record`` says what it did",
        "fold": (
            "KerasLora has no circuit to fold; merge_into_base() adds it to the kernels, as Keras "
            "does when the model is saved"
        ),
        "unfold": "KerasLora has no circuit to unfold",
        "disabled": (
            "Keras cannot switch its LoRA off for a while; attach Lora of this package instead, or "
            "remove() it"
        ),
    }

    def __init__(
        self,
        model: keras.Model,
        method: KerasLora,
        sites: Sequence[ProjectionSite],
        seed: int,
        flags: TrainableFlags,
    ) -> None:
        super().__init__(model)
        self._method = method
        self._sites = tuple(sites)
        self._seed = seed
        self._flags = flags

    @property
    def record(self) -> dict[str, Any]:
        targets = tuple(sorted({site.target for site in self._sites}))
        blocks = tuple(sorted({site.block for site in self._sites}))
        options = asdict(self._method)
        return to_json(Record("keras_lora", None, targets, blocks, self._seed, options))

    @property
    def weights(self) -> dict[str, keras.Variable]:
        self._check_held()
        return {
            f"{site.path}/{name}": getattr(site.base, name)
            for site in self._sites
            for name in ("lora_kernel_a", "lora_kernel_b")
        }

    @property
    def groups(self) -> dict[str, list[keras.Variable]]:
        return {"lora": list(self.weights.values())}

    def merge_into_base(self) -> None:
        """Add LoRA to the kernels and remove it (``Adapter.merge_into_base``)."""
        self._check_held()
        for site in self._sites:
            base = site.base
            if base.quantization_mode:
                raise ValueError(f"the kernel of {base.name} is quantized")
        for site in self._sites:
            base = site.base
            update = keras.ops.matmul(base.lora_kernel_a, base.lora_kernel_b)
            scale = base.lora_alpha / base.lora_rank
            base._kernel.assign(keras.ops.cast(base._kernel, "float32") + scale * update)
        self.remove()

    def remove(self) -> None:
        self._check_held()
        for site in self._sites:
            _disable(site.base)
        if attachments := find_attachments(self.model):
            backbone = find_backbone(self.model)
            backbone._attachments = replace(attachments, flags=self._flags)
        else:
            self._flags.restore()
        adjust_models(self._flags.all_layers)

    def _check_held(self) -> None:
        if not self._sites[0].base.lora_enabled:
            raise ValueError("the model holds no adapter: it was removed")

    def _describe_contents(self) -> Contents:
        return Contents(self.record, self.weights, _resolve_settings)


def _resolve_settings(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options that decide what the weights mean, with defaults filled in."""
    return {**options, "alpha": options.get("alpha") or options.get("rank")}


def _disable(projection: keras.layers.Layer) -> None:
    """Undo ``enable_lora``, for which Keras has no call."""
    projection.lora_enabled = False
    projection.lora_rank = projection.lora_alpha = None
    del projection.lora_kernel_a, projection.lora_kernel_b
