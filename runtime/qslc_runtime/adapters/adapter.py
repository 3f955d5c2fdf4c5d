"""The handle on what was put into a model: count, group, save, load, disable, fold, remove."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import keras

from qslc_runtime.adapters import exchange, transfer
from qslc_runtime.adapters.attach import detach
from qslc_runtime.adapters.attachments import (
    DEFAULT,
    Attachment,
    Attachments,
    find_attachments,
    find_backbone,
)
from qslc_runtime.adapters.calibration import calibrate_sublayers, prepare_inputs
from qslc_runtime.adapters.contents import Contents, describe_contents
from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.adapters.model_state import compile_without, find_models, sync_variables
from qslc_runtime.mitigation.calibration import Calibration, Rescale


class Adapter:
    """The sublayers of a model, as ``insert``, ``methods.attach`` and ``get_adapter`` return them.

    Methods without sublayers have the same interface; what they cannot do is an error that says so.

    Args:
        model: The model that holds them: a task model or a backbone.
        name: Name of the adapter in the model.

    Example:
        >>> adapter = qslc_runtime.insert(model, "build/my_layer")
        >>> with adapter.disabled():
        ...     before = model(inputs)  # of the base model, bit for bit
        >>> adapter.save("adapter.safetensors")
    """

    def __init__(self, model: keras.Model, name: str = DEFAULT) -> None:
        self.model = model
        self.name = name

    def __repr__(self) -> str:
        which = "" if self.name == DEFAULT else f" {self.name!r}"
        try:
            record, _ = self.record, self.weights
        except ValueError:
            return f"<adapter{which} of {self.model.name}: removed>"
        names, blocks = ", ".join(record["targets"]), len(record["blocks"])
        places = f" beside {names} of {blocks} block{'s' * (blocks != 1)}" if names else ""
        acts = {0.0: "; inactive", 1.0: ""}.get(self.weight, f"; weight {self.weight:g}")
        return (
            f"<adapter{which} of {self.model.name}: {self._title}{places}{acts}, "
            f"{self.trainable_parameters:,d} of {self.total_parameters:,d} weights train>"
        )

    @property
    def weight(self) -> float:
        """Factor by which the sublayers act; 0 while the adapter is not active (``set_active``)."""
        return self._attachment.weight

    @property
    def _title(self) -> str:
        """Name of what was put into the model."""
        return self.insertion.layer.__name__

    @property
    def insertion(self) -> Insertion:
        """Inserted layer class, and its places."""
        return self._attachment.standing.insertion

    @property
    def record(self) -> dict[str, Any]:
        """Record of what was put where, plain JSON; it travels with adapter files."""
        return self.insertion.to_json()

    @property
    def sublayers(self) -> dict[str, keras.layers.Layer]:
        """The sublayers by the path of their projection ("transformer_layer_0/query")."""
        return dict(self._attachment.standing.layers)

    @property
    def weights(self) -> dict[str, keras.Variable]:
        """The sublayers' weights, fixed ones too, by path ("transformer_layer_0/query/theta")."""
        return self._attachment.standing.weights

    @property
    def groups(self) -> dict[str, list[keras.Variable]]:
        """The trainable weights by the kind of parameter they hold, for learning rates.

        A weight whose name is in no group is one of its own.
        """
        groups: dict[str, list[keras.Variable]] = {}
        for weight in self.weights.values():
            if weight.trainable:
                groups.setdefault(_GROUPS.get(weight.name, weight.name), []).append(weight)
        return groups

    @property
    def trainable_parameters(self) -> int:
        """Number of weights of the whole model that ``fit`` changes."""
        return _count(self.model.trainable_weights)

    @property
    def total_parameters(self) -> int:
        """Number of weights of the model, those of the sublayers included."""
        return _count(self.model.weights)

    def print_trainable_parameters(self) -> None:
        """Print both counts in the format of Hugging Face PEFT."""
        print_counts(self.trainable_parameters, self.total_parameters)

    def save(self, path: str | os.PathLike[str], *, all_weights: bool = False) -> None:
        """Write what was trained, without the model's weights, to a safetensors file, atomically.

        Of a fixed weight that comes from the seed and the base model the file holds a digest, which
        ``load`` checks. Folded sublayers are saved as what they were folded from; those that came
        folded with a .keras file, as they are (load them as ``FoldedSublayer``).

        Args:
            all_weights: Store fixed weights too, to load the file into a model whose base has
                another precision.

        Raises:
            ValueError: A weight is not finite; nothing is written.
        """
        if keras.backend.backend() == "jax":  # where alone finding all models is needed
            sync_variables(find_models(find_backbone(self.model)._flatten_layers()))
        transfer.save(path, self._describe_contents(), all_weights=all_weights)

    def save_folder(self, folder: str | os.PathLike[str], *, base_model: str | None = None) -> Path:
        """Write a folder that others can use: adapter, compiled layer, model card (``hub``).

        ``qslc_runtime.from_hub(model, folder, trust_code=True)`` inserts it.
        """
        from qslc_runtime.adapters.hub import save_folder

        return save_folder(self, folder, base_model=base_model)

    def push_to_hub(self, repository: str, **options: Any) -> str:
        """Upload such a folder to Hugging Face's hub: see ``hub.push_to_hub`` for the options.

        Example:
            >>> adapter.push_to_hub("me/gpt2-qv", base_model="gpt2_base_en")  # doctest: +SKIP
        """
        from qslc_runtime.adapters.hub import push_to_hub

        return push_to_hub(self, repository, **options)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Load weights that ``save`` wrote. Everything is checked before anything is changed.

        Folded sublayers are folded anew.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: It is no adapter file, is damaged, or was saved for another method or spec,
                other options, blocks or targets, or another base model; the message lists what
                differs.
        """
        transfer.load(path, self._describe_contents())
        if self.sublayers and self._attachment.unfolded:
            self.unfold()
            self.fold()

    def fold(self) -> None:
        """Put the folded form (``QuantumSublayer.fold``) in the place of every sublayer.

        For use after training: nothing is left to train. A saved model then needs no generated
        layer to be loaded, and ``remove`` still gives the base model back.

        Raises:
            ValueError: A sublayer cannot be folded; the model is as it was.
        """
        exchange.fold(self.model, self.name, self._attachment)

    def unfold(self) -> None:
        """Undo ``fold``: the sublayers that were folded train again, their weights bit for bit.

        Raises:
            ValueError: They are not folded, or were merged, or folded before the model was saved: a
                .keras file does not hold what was trained.
        """
        exchange.unfold(self.model, self.name, self._attachment)

    def calibrate(
        self,
        tokens: Any,
        sampler: Any = None,
        *,
        to: Any = None,
        rescale: Rescale | None = None,
        count: int = 256,
        seed: int = 0,
        **options: Any,
    ) -> dict[str, Calibration]:
        """Correct what a chip makes of the readouts of every sublayer, by factors and offsets.

        The sublayers are measured on the hidden states that the ideal model gives them, and fitted
        to their ideal readouts (``QuantumSublayer.calibrate``). If something fails, nothing is
        changed. The corrections act where the sublayers run on what was measured, and are saved
        with the adapter; on engine "native" the model is as before.

        Args:
            tokens: Texts, or what the backbone takes, such as
                ``{"token_ids": ..., "padding_mask": ...}``.
            sampler: What measures: a sampler or its name, or an engine (``engines.create``). None:
                the engine of the sublayers.
            to: A sampler, its name or an engine whose readouts are to be reached, for training as
                on that; None: the ideal readouts.
            rescale: "per_readout_offset", "per_readout", "global" or "none". None: what the spec
                says under ``execution``, or else the first.
            count: Most tokens that are measured for each sublayer.
            seed: Random seed of their choice.
            options: Options of engine "sampler", such as ``shots`` and ``record``.

        Returns:
            The calibrations by path, as ``calibration`` has them.

        Example:
            >>> found = adapter.calibrate(texts, "lab", record="jobs.jsonl")  # doctest: +SKIP

        Raises:
            ValueError: The engine is exact; a sublayer has no circuit, or one that is too large to
                be simulated; or there are too few tokens.
        """
        layers, backbone = self.sublayers, find_backbone(self.model)
        if not self.weight:
            raise ValueError(f"{self!r} is not run, and cannot be calibrated: set_active it first")
        if keras.backend.backend() == "jax":
            sync_variables(find_models(backbone._flatten_layers()))
        inputs = prepare_inputs(self.model, tokens)
        found = calibrate_sublayers(
            backbone, layers, inputs, sampler, to, rescale, count, seed, options
        )
        for path, calibration in found.items():
            layers[path].calibration = calibration
        return found

    @property
    def calibration(self) -> dict[str, Calibration]:
        """The calibrations by path of the sublayer: factors, and errors before and after."""
        held = {p: getattr(layer, "calibration", None) for p, layer in self.sublayers.items()}
        return {path: found for path, found in held.items() if found is not None}

    def clear_calibration(self) -> None:
        """Forget all calibrations."""
        for path in self.calibration:
            self.sublayers[path].clear_calibration()

    @contextmanager
    def disabled(self) -> Iterator[keras.Model]:
        """Make the model the base model, bit for bit, within the ``with`` block.

        All adapters of the model are off then. So is every model that holds its backbone, and every
        function that was traced with it.
        """
        self._attachment  # noqa: B018  (a clear error if it is gone already)
        attachments = self._attachments
        models = find_models(attachments.flags.all_layers)
        with ExitStack() as stack:
            stack.enter_context(compile_without(attachments.sublayers, models))
            for attachment in attachments.adapters.values():
                stack.enter_context(attachment.switch.turned_off(models))
            yield self.model

    def remove(self) -> None:
        """Take the sublayers out; without other adapters the model is the base model again.

        Its class and flags are too. Other adapters stay as they are.

        Raises:
            ValueError: They are gone already, or the method leaves no base model to go back to.
        """
        self._attachment  # noqa: B018  (a clear error if it is gone already)
        detach(self.model, self.name)

    def merge_into_base(self) -> None:
        """Add linear sublayers, such as those of LoRA, to the kernels beside them, and remove them.

        The model gives what it gave, but for rounding, at the cost of the base model. The base
        model itself is gone: load it again to have it back. Sublayers of circuits cannot be merged:
        a circuit is quadratic in the vector that it encodes, and a kernel is linear.

        Raises:
            ValueError: A sublayer is not linear, the adapter does not act, or a kernel is
                quantized; nothing is changed.
        """
        from qslc_runtime.adapters.merge import add_to_kernels

        add_to_kernels(self._attachment)
        detach(self.model, self.name)

    def _describe_contents(self) -> Contents:
        return describe_contents(self._attachment)

    @property
    def _attachments(self) -> Attachments:
        attachments = find_attachments(self.model)
        if attachments is None:
            raise ValueError("the model holds no adapter: none was inserted, or it was removed")
        return attachments

    @property
    def _attachment(self) -> Attachment:
        adapters = self._attachments.adapters
        if self.name not in adapters:
            others = ", ".join(map(repr, adapters))
            raise ValueError(f"the model holds no adapter {self.name!r} (any more), but {others}")
        return adapters[self.name]


_GROUPS = {
    **dict.fromkeys(("theta", "theta_up"), "angles"),
    **dict.fromkeys(("lora_a", "lora_b"), "lora"),
    **dict.fromkeys(("inner_scale", "outer_scale"), "scales"),
    **dict.fromkeys(("angles_in", "angles_out"), "angles"),
    **dict.fromkeys(("prefix_key", "prefix_value"), "prefix"),
    **dict.fromkeys(("prefix_embedding", "prefix_inner", "prefix_outer"), "prefix"),
}


def print_counts(trainable: int, total: int) -> None:
    """Print how many weights train, and how many there are, in the format of Hugging Face PEFT."""
    print(  # noqa: T201
        f"trainable params: {trainable:,d} || all params: {total:,d} "
        f"|| trainable%: {100 * trainable / total:.4f}"
    )


def _count(weights: Iterable[keras.Variable]) -> int:
    return sum(math.prod(weight.shape) for weight in weights)
