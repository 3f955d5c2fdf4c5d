"""The handle on the sublayers of a PyTorch model: count, save, load, disable, fold, remove."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import keras
import torch

from qslc_runtime.adapters import transfer
from qslc_runtime.adapters.adapter import print_counts
from qslc_runtime.adapters.attachments import DEFAULT, Sublayers
from qslc_runtime.adapters.contents import Contents, describe_contents
from qslc_runtime.adapters.insertion import Insertion
from qslc_runtime.folding import FoldedSublayer
from qslc_runtime.huggingface.attach import (
    Attachment,
    Attachments,
    detach,
    exchange,
    find_attachments,
)


class ModuleAdapter:
    """The sublayers of a PyTorch model, as ``insert`` and ``get_adapter`` return them.

    Their weights are ordinary parameters of the model
    (``model.layers.0.self_attn.q_proj.qslc.theta``): optimizers, ``state_dict``, ``Trainer`` and
    its checkpoints treat them as any others.

    Args:
        model: The model that holds them.
        name: Name of the adapter.

    Example:
        >>> adapter = qslc_runtime.insert(model, "build/gpt2_qv", target_modules=["q_proj"])
        >>> with adapter.disabled():
        ...     before = model(**batch).logits  # of the base model, bit for bit
        >>> adapter.save_folder("adapter")
    """

    def __init__(self, model: torch.nn.Module, name: str = DEFAULT) -> None:
        self.model = model
        self.name = name

    def __repr__(self) -> str:
        named = "" if self.name == DEFAULT else f"{self.name!r} "
        name = f"{named}of {type(self.model).__name__}"
        attachment = self._held.get(self.name)
        if attachment is None:
            return f"<adapter {name}: removed>"
        targets = ", ".join(dict.fromkeys(place.target for place in attachment.sites))
        blocks = len({place.block for place in attachment.sites})
        return (
            f"<adapter {name}: {self.insertion.layer.__name__} beside {targets} of {blocks} "
            f"blocks, {self.trainable_parameters:,d} of {self.total_parameters:,d} weights train>"
        )

    @property
    def insertion(self) -> Insertion:
        """Inserted layer class, and its places."""
        return self._attachment.insertion

    @property
    def record(self) -> dict[str, Any]:
        """Record of what was put where, plain JSON; it travels with adapter files."""
        return self.insertion.to_json()

    @property
    def target_modules(self) -> str | tuple[str, ...]:
        """Names, or the regular expression, by which the modules were chosen."""
        return self._attachment.target_modules

    @property
    def modules(self) -> dict[str, torch.nn.Module]:
        """The modules that the sublayers stand beside, by their names in the model."""
        return {place.name: place.module for place in self._attachment.sites}

    @property
    def sublayers(self) -> dict[str, keras.layers.Layer]:
        """The sublayers by path, as in adapter files ("transformer_layer_0/query")."""
        return dict(self._attachment.standing.layers)

    @property
    def weights(self) -> dict[str, keras.Variable]:
        """The sublayers' weights, fixed ones too, by path ("transformer_layer_0/query/theta").

        The ``value`` of each is the model's parameter.
        """
        return self._attachment.standing.weights

    @property
    def trainable_parameters(self) -> int:
        """Number of weights of the whole model that are trained."""
        return _count(weight for weight in self.model.parameters() if weight.requires_grad)

    @property
    def total_parameters(self) -> int:
        """Number of weights of the model, those of the sublayers included."""
        return _count(self.model.parameters())

    def print_trainable_parameters(self) -> None:
        """Print both counts in the format of Hugging Face PEFT."""
        print_counts(self.trainable_parameters, self.total_parameters)

    def save(self, path: str | os.PathLike[str], *, all_weights: bool = False) -> None:
        """Write what was trained, without the model's weights, to a safetensors file, atomically.

        The file is as one that an adapter of a Keras model writes, and can be loaded into the same
        model of KerasHub where all targets are qslc's ("query", not "c_attn").

        Args:
            all_weights: Store fixed weights too, to load the file into a model whose base has
                another precision.

        Raises:
            ValueError: A weight is not finite; nothing is written.
        """
        transfer.save(path, self._describe_contents(), all_weights=all_weights)

    def save_folder(self, folder: str | os.PathLike[str], *, base_model: str | None = None) -> Path:
        """Write a folder as PEFT does: ``adapter_config.json`` and ``adapter_model.safetensors``.

        The compile of the layer, ``layer``, and a model card stand beside them.
        ``qslc_runtime.from_hub(model, folder, trust_code=True)`` inserts it.

        Args:
            folder: Where; made if it is missing. Files of these names in it are replaced.
            base_model: Name of the base model. None: what the model's configuration says.

        Raises:
            ValueError: The sublayers are of no generated class, or a weight is not finite.
            ArtifactError: The folder of the class is gone or was changed.
        """
        from qslc_runtime.huggingface.folder import save_folder

        return save_folder(self, folder, base_model=base_model)

    def push_to_hub(self, repository: str, **options: Any) -> str:
        """Upload such a folder to Hugging Face's hub: see ``hub.push_to_hub`` for the options."""
        from qslc_runtime.adapters.hub import push_to_hub

        return push_to_hub(self, repository, **options)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Load weights that ``save`` wrote. Everything is checked before anything is changed.

        Folded sublayers are folded anew.

        Raises:
            FileNotFoundError: There is no such file.
            ValueError: It is no adapter file, is damaged, or was saved for another spec, other
                options, blocks or targets, or another base model; the message lists what differs.
        """
        transfer.load(path, self._describe_contents())
        if self._attachment.unfolded:
            self.unfold()
            self.fold()

    def fold(self) -> None:
        """Put the folded form (``QuantumSublayer.fold``) in the place of every sublayer.

        For use after training: nothing is left to train.

        Raises:
            ValueError: A sublayer cannot be folded; the model is as it was.
        """
        attachment = self._attachment
        if attachment.insertion.layer is FoldedSublayer:
            raise ValueError("the sublayers are folded already")
        trained = attachment.standing
        unable = [path for path, layer in trained.layers.items() if not hasattr(layer, "fold")]
        if unable:
            raise ValueError(f"{type(trained.layers[unable[0]]).__name__} has no circuit to fold")
        folded = {path: layer.fold() for path, layer in trained.layers.items()}
        form = next(iter(folded.values())).form  # the same for all sublayers of a class
        dtype = {key: value for key, value in trained.insertion.options.items() if key == "dtype"}
        options = {"form": form.to_json(), **dtype}
        insertion = replace(trained.insertion, layer=FoldedSublayer, options=options)
        exchange(self.model, self.name, Sublayers(insertion, folded), unfolded=trained)

    def unfold(self) -> None:
        """Undo ``fold``: the sublayers that were folded train again, their weights bit for bit.

        Raises:
            ValueError: They are not folded.
        """
        unfolded = self._attachment.unfolded
        if unfolded is None:
            raise ValueError("the sublayers are not folded")
        exchange(self.model, self.name, unfolded, unfolded=None)

    @contextmanager
    def disabled(self) -> Iterator[torch.nn.Module]:
        """Make the model the base model, bit for bit, within the ``with`` block.

        The model's other adapters do not act there either.
        """
        placed = [each for held in self._held.values() for each in held.placed.values()]
        before = [each.is_suspended for each in placed]
        try:
            for each in placed:
                each.is_suspended = True
            yield self.model
        finally:
            for each, suspended in zip(placed, before, strict=True):
                each.is_suspended = suspended

    def remove(self) -> None:
        """Take the sublayers out; without the last, the model is the base model again.

        Raises:
            ValueError: They are gone already.
        """
        self._attachment  # noqa: B018  (a clear error if it is gone already)
        detach(self.model, self.name)

    def _describe_contents(self) -> Contents:
        return describe_contents(self._attachment)

    @property
    def _held(self) -> Mapping[str, Attachment]:
        attachments: Attachments | None = find_attachments(self.model)
        return attachments.adapters if attachments else {}

    @property
    def _attachment(self) -> Attachment:
        attachment = self._held.get(self.name)
        if attachment is None:
            which = "" if self.name == DEFAULT else f" {self.name!r}"
            raise ValueError(
                f"the model holds no adapter{which}: none was inserted, or it was removed"
            )
        return attachment


def _count(weights: Iterable[torch.nn.Parameter]) -> int:
    return sum(weight.numel() for weight in weights)
